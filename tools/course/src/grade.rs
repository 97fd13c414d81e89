//! `cargo course grade`: runs the tests of steps and reports what they found.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::ValueEnum;

use steps::Step;
use steps::cargo::Build;
use steps::files;
use steps::grading::{Grading, Subject};
use steps::report::Report;

use crate::human;
use crate::progress::Progress;

/// How reports are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For the terminal: each failure with its conversation
    Human,
    /// For programs: one report per step, each on a line of its own
    Json,
}

impl Format {
    fn write(self, reports: &[Report]) -> Result<String> {
        match self {
            Self::Human => Ok(human::write(reports)),
            Self::Json => reports.iter().map(|report| Ok(serde_json::to_string(report)? + "\n")).collect(),
        }
    }
}

/// Grades steps and writes the reports.
pub fn run(steps: &[Step], subject: &Subject, format: Format, output: Option<&Path>) -> Result<ExitCode> {
    let steps = if steps.is_empty() { Step::all()? } else { steps.to_vec() };
    let mut reports = Vec::new();
    for step in &steps {
        let tests = match subject.build(step)? {
            Build::Program(program) => program,
            Build::Errors(errors) => {
                eprintln!("{errors}");
                bail!("{step} doesn't compile");
            }
        };
        let grading = Grading::new(step, &tests, subject);
        let report = grading.run(&|done, count| show_progress(step, done, count))?;
        if matches!(subject, Subject::Exercise) {
            Progress::load().note(&report).save()?;
        }
        reports.push(report);
    }
    files::write(output, &format.write(&reports)?)?;
    Ok(if reports.iter().all(Report::all_pass) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// On a terminal only, in a line that is written over and gone in the end.
fn show_progress(step: &Step, done: usize, count: usize) {
    if io::stderr().is_terminal() {
        let end = if done == count { "\r\x1b[K" } else { "" };
        eprint!("\r\x1b[K{step}: {done} of {count} tests done{end}");
    }
}
