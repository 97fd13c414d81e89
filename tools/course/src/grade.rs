//! `cargo course grade`: runs the tests of steps and reports what they found.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::ValueEnum;

use steps::cargo::Build;
use steps::grading::{Grading, Subject};
use steps::report::Report;
use steps::{Step, files, output};

use crate::human;
use crate::progress::Progress;
use crate::todo::Todos;

/// How reports are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For a person: how many tests pass, and the first failure with its conversation
    Human,
    /// The same, with the conversation of every failure
    Full,
    /// For programs: one report per step, each on a line of its own
    Json,
}

/// Grades steps and writes the reports. Exit code 0 means that all tests pass, even if nobody reads the reports.
pub fn run(steps: &[Step], subject: &Subject, format: Format, output: Option<&Path>) -> Result<ExitCode> {
    let mut text = String::new();
    let mut all_pass = true;
    for step in steps {
        let report = match build_and_run(step, subject)? {
            Ok(report) => report,
            Err(errors) => {
                output::complain(&errors);
                bail!("{step} doesn't compile");
            }
        };
        all_pass &= report.all_pass();
        let todos = matches!(subject, Subject::Exercise).then(|| Todos::of(step)).transpose()?;
        text += &match format {
            Format::Json => serde_json::to_string(&report)? + "\n",
            Format::Full => human::write(&report, todos.as_ref(), true),
            Format::Human => human::write(&report, todos.as_ref(), false),
        };
    }
    files::write(output, &text)?;
    Ok(if all_pass { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Grades a step, or returns what the compiler says. A report on the exercise is kept.
pub fn build_and_run(step: &Step, subject: &Subject) -> Result<Result<Report, String>> {
    let tests = match subject.build(step)? {
        Build::Program(program) => program,
        Build::Errors(errors) => return Ok(Err(errors)),
    };
    let show = |done, count| output::status(&format!("{step}: {done} of {count} tests done"));
    let report = Grading::new(step, &tests, subject).run(&show);
    output::status("");
    let report = report?;
    if matches!(subject, Subject::Exercise) {
        Progress::load().note(&report).save()?;
    }
    Ok(Ok(report))
}
