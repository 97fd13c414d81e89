//! Reports for a person at a terminal. The last thing that is printed is the first thing to fix.

use std::io::{self, IsTerminal};

use anyhow::Result;
use grader::diagram::list;
use grader::text::fill;
use steps::report::{Report, TestReport};

use crate::todo::Todos;

/// How wide texts are, unless the terminal is narrower.
const WIDTH: usize = 80;

/// How many tests are listed that fail.
const LISTED: usize = 8;

/// How many columns a text may take.
pub fn width() -> usize {
    let size = io::stdout().is_terminal().then(crossterm::terminal::size);
    size.and_then(Result::ok).map_or(WIDTH, |(columns, _)| WIDTH.min(columns.into()))
}

/// A line in as many rows as `width` needs, all with its own indent and `hang` more after the first.
pub fn wrapped(line: &str, hang: usize, width: usize) -> String {
    if line.chars().count() <= width {
        return format!("{line}\n");
    }
    let indent = " ".repeat(line.len() - line.trim_start().len());
    let rows = fill(line, width.saturating_sub(indent.len() + hang).max(1));
    indent.clone() + &rows.join(&format!("\n{indent}{}", " ".repeat(hang))) + "\n"
}

/// What came of the tests. `todos` are those of an exercise; without `full`, only the first failure is shown in full.
pub fn write(report: &Report, todos: Option<&Todos>, full: bool) -> String {
    let width = width();
    let failed = todos.map_or_else(|| report.failed().collect(), |todos| todos.in_order(report));
    let summary = format!("{}: {}, in {:.1} s", report.step, report.summary(), report.seconds);
    let lines = if failed.is_empty() {
        Vec::new()
    } else {
        todos.map(|todos| todos.lines(report)).unwrap_or_default()
    };
    let overview =
        [summary].into_iter().chain(lines).map(|line| wrapped(&line, 2, width)).collect::<String>();
    let shown = |test: &TestReport| "\n".to_owned() + &self::test(test, todos, width);
    let Some((first, others)) = failed.split_first() else { return overview };
    if full {
        let others: String = others.iter().rev().map(|test| shown(test)).collect();
        return others + "\n" + &overview + &shown(first);
    }
    overview + &list(others, todos, width) + &shown(first)
}

/// The tests that fail, without those that need a TODO which is open: there may be many.
fn list(tests: &[&TestReport], todos: Option<&Todos>, width: usize) -> String {
    let (open, written): (Vec<&TestReport>, Vec<&TestReport>) =
        tests.iter().partition(|test| todos.is_some_and(|todos| todos.waits(test)));
    let mut lines = Vec::new();
    if !open.is_empty() {
        lines.push(format!("{} more tests fail, which an open TODO may explain.", open.len()));
    }
    if !written.is_empty() {
        lines.push("These tests fail too:".into());
    }
    lines.extend(written.iter().take(LISTED).map(|test| format!("  {} ({})", test.title(), test.verdict())));
    if written.len() > LISTED {
        lines.push(format!("  and {} more, which --format full shows", written.len() - LISTED));
    }
    let list: String = lines.iter().map(|line| wrapped(line, 2, width)).collect();
    if list.is_empty() { list } else { "\n".to_owned() + &list }
}

/// A failed test: its TODO, and what happened. As long as its TODO is open, what happened is no news.
fn test(test: &TestReport, todos: Option<&Todos>, width: usize) -> String {
    let heading = wrapped(&format!("---- {}", test.title()), 5, width);
    let Some((number, gap)) = todos.and_then(|todos| todos.of_test(test)) else {
        return heading + "\n" + &failure(test, width);
    };
    let is_open = todos.is_some_and(|todos| todos.waits(test));
    let state = if is_open { " is open" } else { "" };
    let todo = wrapped(&format!("TODO {number}{state}: {} (src/{})", gap.todo, gap.file), 2, width);
    heading + &todo + &if is_open { String::new() } else { "\n".to_owned() + &failure(test, width) }
}

/// A narrow terminal gets the conversation as a list.
fn failure(test: &TestReport, width: usize) -> String {
    if width >= WIDTH {
        return test.to_string();
    }
    let mut test = test.clone();
    let diagram = test.failure.as_mut().and_then(|failure| failure.conversation.take());
    let rows = diagram.iter().flat_map(|diagram| {
        diagram.events.iter().flat_map(|event| list::rows(&diagram.cast, &event.row, width))
    });
    let conversation: String = rows.map(|row| row.text + "\n").collect();
    let gap = if conversation.is_empty() { "" } else { "\n" };
    conversation + gap + &test.to_string().lines().map(|line| wrapped(line, 2, width)).collect::<String>()
}
