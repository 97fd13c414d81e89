//! Reports as other programs read them.

mod gradescope;
pub mod junit;
mod markdown;

use anyhow::Result;
use clap::ValueEnum;

use steps::report::Report;

/// What other programs read.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    #[value(help = "JUnit's XML, which most CI services show")]
    Junit,
    /// The results.json of an autograder on Gradescope
    Gradescope,
    /// A table and the failures, for a comment or a wiki
    Markdown,
}

pub fn write(reports: &[Report], format: Format) -> Result<String> {
    match format {
        Format::Junit => junit::write(reports),
        Format::Gradescope => gradescope::write(reports),
        Format::Markdown => Ok(markdown::write(reports)),
    }
}
