//! Writes what is derived from the solutions and their step.toml: the exercises, and blocks in pages. `--check` only reports
//! what isn't current.

use std::env;
use std::process::{Command, ExitCode};

use anyhow::Result;
use steps::{Step, exercise, generated, root, stub};

fn main() -> ExitCode {
    let is_check = env::args().nth(1).as_deref() == Some("--check");
    let result = if is_check { check() } else { write().map(|()| ExitCode::SUCCESS) };
    result.unwrap_or_else(|error| {
        eprintln!("Error: {error:#}");
        ExitCode::from(2)
    })
}

fn check() -> Result<ExitCode> {
    let mut stale = generated::stale(generated::pages()?);
    for step in Step::all()? {
        stale.extend(generated::stale(generated::exercise(&step)?));
    }
    for path in stale.keys() {
        eprintln!("{path} isn't current: run scripts/generate");
    }
    Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write() -> Result<()> {
    for step in Step::all()? {
        let stale = generated::stale(generated::exercise(&step)?);
        if !stale.keys().all(|path| is_in_git(path)) {
            let kept = exercise::keep(&step)?;
            println!("kept    {} (git doesn't have all that is in exercises/{step})", kept.display());
        }
        report(&stale)?;
    }
    report(&generated::stale(generated::pages()?))
}

fn report(stale: &stub::Files) -> Result<()> {
    exercise::put(root(), stale)?;
    for path in stale.keys() {
        println!("written {path}");
    }
    Ok(())
}

/// Whether what is in this file can be had again from git, or nothing is there.
fn is_in_git(path: &str) -> bool {
    let status = Command::new("git").args(["status", "--porcelain", "--", path]).current_dir(root()).output();
    !root().join(path).exists()
        || status.is_ok_and(|status| status.status.success() && status.stdout.is_empty())
}
