//! `cargo course hint`: the hints of a TODO, one at a time, and the hint of a test that fails.

use anyhow::{Context, Result, bail};
use steps::facts::Facts;
use steps::report::TestReport;
use steps::{Step, exercise};

use crate::human;
use crate::markdown;
use crate::progress::Progress;
use crate::todo::Todos;

/// A hint for a TODO by its number, or for a test by its name; without either, for the first TODO that is open.
pub fn text(step: &Step, about: Option<&str>) -> Result<String> {
    match about.map(|about| (about, about.parse())) {
        Some((_, Ok(todo))) => of_todo(step, todo),
        Some((test, Err(_))) => of_test(step, test),
        None => next(step),
    }
}

/// The next hint for the first TODO that is open. If none is, the hint of the first test that fails.
fn next(step: &Step) -> Result<String> {
    if let Some((todo, _)) = exercise::open_todos(step).first() {
        return of_todo(step, *todo);
    }
    let progress = Progress::load();
    let todos = Todos::of(step)?;
    let first = progress.of(step).and_then(|report| todos.in_order(report).first().copied());
    Ok(first.map_or(format!("{step} has no open TODO, and no test is known to fail.\n"), shown))
}

/// The next hint for a TODO, which is stronger than the one before. The last one comes again and again.
fn of_todo(step: &Step, todo: usize) -> Result<String> {
    let gaps = Facts::of(step)?.gaps;
    let gap = todo.checked_sub(1).and_then(|place| gaps.get(place));
    let gap = gap.with_context(|| format!("{step} has no TODO {todo}: there are {}", gaps.len()))?;
    let mut progress = Progress::load();
    let count = gap.hints.len();
    let place = progress.next_hint(step, todo, count);
    progress.save()?;
    let heading = format!("{step}, TODO {todo}: {} (src/{})", gap.todo, gap.file);
    let hint = markdown::plain(&gap.hints[place], human::width());
    Ok(format!("{heading}\nHint {} of {count}\n\n{hint}", place + 1))
}

/// What to think of when a test fails.
fn of_test(step: &Step, name: &str) -> Result<String> {
    let progress = Progress::load();
    let report = progress
        .of(step)
        .with_context(|| format!("{step} hasn't been tested yet: run `cargo course grade {step}`"))?;
    let names: Vec<&str> = report.tests.iter().map(|test| test.name.as_str()).collect();
    let place = find(&names, name).with_context(|| format!("no hint for {step}"))?;
    Ok(shown(&report.tests[place]))
}

/// The place of the test with this name, or of the only one with it in its name.
fn find(tests: &[&str], name: &str) -> Result<usize> {
    let is_called = |test: &&str| *test == name || test.rsplit("::").next() == Some(name);
    if let Some(place) = tests.iter().position(is_called) {
        return Ok(place);
    }
    let found: Vec<usize> = (0..tests.len()).filter(|&place| tests[place].contains(name)).collect();
    match found[..] {
        [place] => Ok(place),
        [] => bail!("no test has {name:?} in its name"),
        _ => {
            let names: Vec<&str> = found.into_iter().map(|place| tests[place]).collect();
            bail!("several tests have {name:?} in their names: {}", names.join(", "))
        }
    }
}

fn shown(test: &TestReport) -> String {
    let (title, verdict) = (test.title(), test.verdict());
    match test.failure.as_ref().and_then(|failure| failure.hint.as_ref()) {
        Some(hint) => format!("{title} ({verdict})\n\n{}", human::wrapped(hint, 0, human::width())),
        None => format!("{title}: {verdict}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_name_comes_before_a_part() {
        let tests = ["bytes::a_line", "screen::is_a_line_in_order"];
        assert_eq!(find(&tests, "a_line").unwrap(), 0);
        assert_eq!(find(&tests, "bytes::a_line").unwrap(), 0);
        assert_eq!(find(&tests, "in_order").unwrap(), 1);
        let error = find(&tests, "a_li").unwrap_err().to_string();
        assert!(error.contains("bytes::a_line, screen::is_a_line_in_order"), "{error}");
        assert!(find(&tests, "nothing").is_err());
    }
}
