//! `cargo course reset`: a step's files in their original state. The student's own are kept.

use std::io;
use std::process::ExitCode;

use anyhow::{Context, Result};
use steps::output::print;
use steps::{Step, exercise, root, stub};

pub fn run(step: &Step, yes: bool) -> Result<ExitCode> {
    if !yes && !asked(step)? {
        print("Nothing was changed.\n")?;
        return Ok(ExitCode::FAILURE);
    }
    let stubs = stub::sources(step, &format!("ex{step}"), |_| true)?;
    let kept = exercise::keep(step)?;
    exercise::put(&step.exercise(), &stubs).context("not all files are restored; yours are kept")?;
    let kept = kept.strip_prefix(root()).unwrap_or(&kept);
    let kept = kept.display();
    print(&format!("exercises/{step}/src is in its original state. Your files are in {kept}.\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn asked(step: &Step) -> Result<bool> {
    print(&format!(
        "Restore the files in exercises/{step}/src to their original state? Yours are kept. [y/N] "
    ))?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
