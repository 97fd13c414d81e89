//! `cargo course reset`: a step's files in their original state. The student's own are kept.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use steps::{Step, exercise, root, stub};

pub fn run(step: &Step, yes: bool) -> Result<ExitCode> {
    if !yes && !asked(step)? {
        println!("Nothing was changed.");
        return Ok(ExitCode::FAILURE);
    }
    let stubs = stub::sources(step, &format!("ex{step}"), |_| true)?;
    let kept = exercise::keep(step)?;
    exercise::put(&step.exercise(), &stubs).context("not all files are restored; yours are kept")?;
    let kept = kept.strip_prefix(root()).unwrap_or(&kept);
    println!("exercises/{step}/src is in its original state. Your files are in {}.", kept.display());
    Ok(ExitCode::SUCCESS)
}

fn asked(step: &Step) -> Result<bool> {
    print!("Restore the files in exercises/{step}/src to their original state? Yours will be kept. [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
