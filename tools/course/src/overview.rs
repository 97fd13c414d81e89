//! `cargo course` without a command: where the student stands, and what to do next.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use steps::facts::{Facts, in_words};
use steps::{Step, exercise, files, root};

use crate::progress::Progress;

pub fn run() -> Result<ExitCode> {
    let progress = Progress::load();
    let steps = Step::all()?;
    let mut text = format!("{:<22} {:<16} takes\n", "step", "tests passed");
    for step in &steps {
        let passed = match progress.of(step) {
            Some(report) => format!("{} of {}", report.passed(), report.tests.len()),
            None => "not tested".into(),
        };
        let time = in_words(Facts::of(step)?.minutes.exercise);
        let done = if progress.is_done(step) { "done" } else { "" };
        let row = format!("{step:<22} {passed:<16} {time:<20} {done}");
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text += "\n";
    match steps.iter().find(|step| !progress.is_done(step)) {
        Some(step) => text += &next(step, &progress),
        None => text += "Every test of every step passes. How the reference does it: cargo course diff 03\n",
    }
    files::write(None, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn next(step: &Step, progress: &Progress) -> String {
    let number = step.number();
    let mut text = format!("Next: {step}\n");
    let _ = writeln!(text, "  read    exercises/{step}/README.md");
    let _ = writeln!(text, "  open    {}", open_file(step).display());
    if let Some(test) = progress.of(step).and_then(|report| report.failed().next()) {
        let _ = writeln!(text, "  fix     {} ({})", test.title(), test.verdict());
    }
    let _ = writeln!(
        text,
        "  test    cargo course grade {number}, or after each save: cargo course watch {number}"
    );
    let _ = writeln!(text, "  hint    cargo course hint");
    text
}

/// The file with the first TODO that is open, or the program's own, as seen from the root.
pub fn open_file(step: &Step) -> PathBuf {
    let first = exercise::open_todos(step).into_iter().next();
    let path = first.map_or(step.exercise().join("src/main.rs"), |(_, path)| path);
    path.strip_prefix(root()).map(PathBuf::from).unwrap_or(path)
}
