//! `cargo course` without a command: where the student stands, and what to do next.

use std::path::PathBuf;

use anyhow::Result;
use steps::facts::{Facts, in_words};
use steps::{Step, exercise, root};

use crate::human::{width, wrapped};
use crate::progress::Progress;
use crate::todo::Todos;

/// The narrowest terminal that has room for all columns.
const WIDE: usize = 66;

pub fn text() -> Result<String> {
    let progress = Progress::load();
    let steps = Step::all()?;
    let row = |step: &str, passed: &str, time: &str, done: &str| {
        let row = if width() < WIDE {
            format!("{step:<20} {passed:<11} {done}")
        } else {
            format!("{step:<22} {passed:<16} {time:<20} {done}")
        };
        row.trim_end().to_owned() + "\n"
    };
    let mut text = row("step", "tests passed", "takes", "");
    for step in &steps {
        let passed = match progress.of(step) {
            Some(report) => format!("{} of {}", report.passed(), report.tests.len()),
            None => "not tested".into(),
        };
        let done = if progress.is_done(step) { "done" } else { "" };
        text += &row(step.name(), &passed, &in_words(Facts::of(step)?.minutes.exercise), done);
    }
    text += "\n";
    text += &match steps.iter().find(|step| !progress.is_done(step)) {
        Some(step) => next(step, &progress)?,
        None => "All tests of all steps pass. To see how the reference does it: cargo course diff 3\n".into(),
    };
    Ok(text)
}

fn next(step: &Step, progress: &Progress) -> Result<String> {
    let mut lines = vec![
        format!("Next: {step}"),
        format!("  read    exercises/{step}/README.md"),
        format!("  open    {}", open_file(step).display()),
    ];
    if let Some(report) = progress.of(step)
        && let Some(test) = Todos::of(step)?.in_order(report).first()
    {
        lines.push(format!("  fix     {} ({})", test.title(), test.verdict()));
    }
    lines.push("  test    cargo course grade, or at each save: cargo course watch".into());
    lines.push("  hint    cargo course hint".into());
    Ok(lines.iter().map(|line| wrapped(line, 2, width())).collect())
}

/// The file with the first TODO that is open, or the program's own, as seen from the root.
fn open_file(step: &Step) -> PathBuf {
    let first = exercise::open_todos(step).into_iter().next();
    let path = first.map_or(step.exercise().join("src/main.rs"), |(_, path)| path);
    path.strip_prefix(root()).map(PathBuf::from).unwrap_or(path)
}
