//! The course on the disk: its steps, and what each is called.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this package is at tools/steps")
}

/// A step, by its name. It exists as soon as it has a folder in `solutions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step(String);

impl Step {
    /// All steps, in order.
    pub fn all() -> Result<Vec<Self>> {
        let folder = root().join("solutions");
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                names.push(Self(name));
            }
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }

    /// Its name: `02_threaded`.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Its number: `02`.
    pub fn number(&self) -> &str {
        self.0.split('_').next().unwrap_or_default()
    }

    /// The student's folder of this step.
    pub fn exercise(&self) -> PathBuf {
        root().join("exercises").join(&self.0)
    }

    /// The reference's folder.
    pub fn solution(&self) -> PathBuf {
        root().join("solutions").join(&self.0)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Step {
    type Err = String;

    /// Takes a name, or a number with or without its 0.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let steps = Self::all().map_err(|error| format!("{error:#}"))?;
        let text = text.trim_end_matches(['/', '\\']);
        let number = format!("{text:0>2}_");
        let found = steps.iter().find(|step| step.0 == text || step.0.starts_with(&number));
        let known = || steps.iter().map(Self::name).collect::<Vec<_>>().join(", ");
        found.cloned().ok_or_else(|| format!("there is no such step; the steps are {}", known()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_a_name_and_a_number() {
        for text in ["02_threaded", "02", "2", "02_threaded/"] {
            assert_eq!(text.parse::<Step>().unwrap().name(), "02_threaded", "{text}");
        }
        let error = "99".parse::<Step>().unwrap_err();
        assert!(error.contains("01_basic_single, 02_threaded"), "{error}");
        assert!("".parse::<Step>().is_err());
    }
}
