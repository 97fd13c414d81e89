//! `cargo class convert`: a report in another format.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use steps::report::Report;

use crate::format::{self, Format};

/// What is converted, and to what.
#[derive(clap::Args)]
pub struct Args {
    /// A file that `cargo course grade --format json` wrote
    report: PathBuf,
    /// The format to write
    #[arg(long, value_enum)]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let name = args.report.display();
    let text = fs::read_to_string(&args.report).with_context(|| format!("cannot read {name}"))?;
    let reports: serde_json::Result<Vec<Report>> = text.lines().map(serde_json::from_str).collect();
    let reports =
        reports.with_context(|| format!("{name} is no report of cargo course grade --format json"))?;
    steps::files::write(args.output.as_deref(), &format::write(&reports, args.format)?)?;
    Ok(ExitCode::SUCCESS)
}
