//! `cargo course` without a command: where the student stands, and what to do next.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::progress::Progress;
use steps::{Step, root};

pub fn run() -> Result<ExitCode> {
    let progress = Progress::load();
    let steps = Step::all()?;
    println!("{:<22} {:<14} takes", "step", "tests");
    for step in &steps {
        let passed = match progress.of(step) {
            Some(report) => format!("{} of {} pass", report.passed(), report.tests.len()),
            None => "not run yet".into(),
        };
        let done = if progress.is_done(step) { "done" } else { "" };
        println!("{step:<22} {passed:<14} {:<18} {done}", step.time()?);
    }
    println!();
    if let Some(step) = steps.iter().find(|step| !progress.is_done(step)) {
        show_next(step, &progress);
    } else {
        println!("All tests of all steps pass. How the reference does it: cargo course diff 03");
    }
    Ok(ExitCode::SUCCESS)
}

fn show_next(step: &Step, progress: &Progress) {
    let number = &step.name()[..2];
    println!("Next: {step}");
    println!("  read    exercises/{step}/README.md");
    println!("  open    {}", open_file(step).display());
    if let Some(test) = progress.of(step).and_then(|report| report.failed().next()) {
        println!("  fix     {} ({})", test.title(), test.verdict());
    }
    println!("  test    cargo course grade {number}, or at each save: cargo course watch {number}");
    println!("  hint    cargo course hint {number}");
}

/// The file with the first TODO that is open, or the program's own, as seen from the root.
pub fn open_file(step: &Step) -> PathBuf {
    let folder = step.exercise().join("src");
    let files = fs::read_dir(&folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let with_todo = files.filter_map(|path| {
        let text = fs::read_to_string(&path).ok()?;
        let (_, rest) = text.split_once("todo!(\"TODO ")?;
        let number: u32 = rest.split_once(':')?.0.parse().ok()?;
        Some((number, path))
    });
    let path = with_todo.min().map_or(folder.join("main.rs"), |(_, path)| path);
    path.strip_prefix(root()).map(PathBuf::from).unwrap_or(path)
}
