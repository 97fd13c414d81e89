//! What was found the last time that each step was graded. It is derived from gradings: whoever loses the file grades again.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Error, Result, ensure};
use serde::{Deserialize, Serialize};

use steps::files;
use steps::report::Report;
use steps::{Step, root};

/// By the names of the steps.
#[derive(Default, Serialize, Deserialize)]
pub struct Progress {
    #[serde(default)]
    reports: BTreeMap<String, Report>,
    /// How many hints were shown, by step and TODO.
    #[serde(default)]
    hints: BTreeMap<String, usize>,
}

/// What the tool keeps for this student; git ignores it.
pub fn folder() -> PathBuf {
    root().join(".course")
}

impl Progress {
    /// What is known. Nothing, if there is no file or it can't be read: then grading finds it out again.
    pub fn load() -> Self {
        let text = fs::read_to_string(folder().join("progress.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub fn save(&self) -> Result<()> {
        let folder = folder();
        fs::create_dir_all(&folder)
            .map_err(Error::from)
            .and_then(|()| {
                files::write_whole(&folder.join("progress.json"), serde_json::to_string_pretty(self)?)
            })
            .with_context(|| format!("cannot keep the progress in {}", folder.display()))
    }

    pub fn note(mut self, report: &Report) -> Self {
        self.reports.insert(report.step.clone(), report.clone());
        self
    }

    /// The last report of a step.
    pub fn of(&self, step: &Step) -> Option<&Report> {
        self.reports.get(step.name())
    }

    pub fn is_done(&self, step: &Step) -> bool {
        self.of(step).is_some_and(Report::all_pass)
    }

    /// This step, or else the current one: the first that isn't done, or the last of all.
    pub fn step(&self, step: Option<Step>) -> Result<Step> {
        if let Some(step) = step {
            return Ok(step);
        }
        let mut steps = Step::all()?;
        let place =
            steps.iter().position(|step| !self.is_done(step)).unwrap_or(steps.len().saturating_sub(1));
        ensure!(place < steps.len(), "the course has no steps");
        Ok(steps.swap_remove(place))
    }

    /// The place of the next hint for a TODO; the last of `count` comes again and again.
    pub fn next_hint(&mut self, step: &Step, todo: usize, count: usize) -> usize {
        let shown = self.hints.entry(format!("{step} {todo}")).or_default();
        let next = (*shown).min(count.saturating_sub(1));
        *shown = next + 1;
        next
    }
}
