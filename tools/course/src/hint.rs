//! `cargo course hint`: the hints of a step's task, one at a time, and the hint of a test.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::progress::Progress;
use steps::Step;

pub fn run(step: &Step, test: Option<&str>) -> Result<ExitCode> {
    match test {
        Some(part) => println!("{}", of_test(step, part)?),
        None => println!("{}", next(step)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// The next hint of the task, which is stronger than the one before.
pub fn next(step: &Step) -> Result<String> {
    let hints = read(&step.task()?);
    let mut progress = Progress::load();
    let number = progress.next_hint(step, hints.len());
    progress.save()?;
    hints.get(number).cloned().with_context(|| format!("{step} has no hints"))
}

/// What to think of when a test fails.
fn of_test(step: &Step, part: &str) -> Result<String> {
    let progress = Progress::load();
    let report =
        progress.of(step).with_context(|| format!("{step} was not graded yet: cargo course grade {step}"))?;
    let mut found = report.tests.iter().filter(|test| test.name.contains(part));
    let Some(test) = found.next() else { bail!("{step} has no test with {part:?} in its name") };
    if let Some(other) = found.next() {
        bail!("{part:?} is in the name of more than one test: {}, {}", test.name, other.name);
    }
    if test.passed {
        return Ok(format!("{}: this test passes", test.title()));
    }
    let hint = test.failure.as_ref().and_then(|failure| failure.hint.as_deref());
    let hint = hint.context("this test gave no hint when it failed")?;
    Ok(format!("{} ({})\n\n  {hint}", test.title(), test.verdict()))
}

/// The hints in a task: what is folded away below the headings "Hint 1: ...".
fn read(task: &str) -> Vec<String> {
    let folded = task.split("<details><summary>").skip(1);
    let hints = folded.filter_map(|part| part.split("</details>").next()?.split_once("</summary>"));
    hints
        .filter(|(heading, _)| heading.starts_with("Hint "))
        .map(|(heading, text)| format!("{heading}\n\n{}", text.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_three_hints() {
        for step in Step::all().unwrap() {
            let hints = read(&step.task().unwrap());
            assert_eq!(hints.len(), 3, "{step}");
            assert!(hints[0].starts_with("Hint 1: ") && !hints[2].contains("</"), "{step}: {hints:?}");
        }
    }
}
