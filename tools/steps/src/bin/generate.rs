//! Writes what is derived from solutions and their `step.toml`: the exercises.

use anyhow::Result;
use steps::{Step, exercise, stub};

fn main() -> Result<()> {
    for step in Step::all()? {
        exercise::put(&step.exercise(), &stub::exercise(&step)?)?;
    }
    Ok(())
}
