//! Reports as text, for people and for other programs.

mod classroom;
mod gradescope;
mod human;
pub mod junit;
mod markdown;

use anyhow::Result;
use clap::ValueEnum;

use crate::report::Report;

/// How reports are told.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For the terminal: what isn't met, with all that was said
    Human,
    /// An object for each step, one a line
    Json,
    #[value(help = "JUnit's XML, which most CI services show")]
    Junit,
    /// The result of an autograder on GitHub Classroom
    Github,
    /// The results.json of an autograder on Gradescope
    Gradescope,
    /// A table and the failures, for a comment or a wiki
    Markdown,
}

pub fn write(reports: &[Report], format: Format) -> Result<String> {
    match format {
        Format::Human => Ok(human::write(reports)),
        Format::Json => reports.iter().map(|report| Ok(serde_json::to_string(report)? + "\n")).collect(),
        Format::Junit => junit::write(reports),
        Format::Github => classroom::write(reports),
        Format::Gradescope => gradescope::write(reports),
        Format::Markdown => Ok(markdown::write(reports)),
    }
}
