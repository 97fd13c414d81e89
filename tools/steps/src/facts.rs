//! The facts about a step, as `solutions/NN_name/step.toml` holds them. Everything else that states one of them reads it here.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::Step;

/// What `step.toml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The heading of the step's pages, without its number.
    pub title: String,
    /// What the tables call new in this step.
    pub new: String,
    /// How long it takes.
    pub minutes: Minutes,
    /// How a client reaches the program.
    pub transport: Transport,
    /// Messages are frames: a length in four bytes, then the content.
    #[serde(default)]
    pub frames: bool,
    /// The service of step 03 with another layer or another framing.
    #[serde(default)]
    pub variant_of_03: bool,
    /// How its server is measured.
    #[serde(default)]
    pub load: Load,
    /// The groups of its tests in teaching order: the modules of `tests/NN_name.rs`, and [`OWN`].
    pub groups: Vec<String>,
    /// What the exercise leaves out of the solution.
    #[serde(rename = "gap")]
    pub gaps: Vec<Gap>,
}

/// The group of the tests that stand in no module.
pub const OWN: &str = "own";

/// From and to, for each activity.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// Reading the chapter.
    pub read: [u32; 2],
    /// Watching the demo, with somebody who explains it.
    pub demo: [u32; 2],
    /// Filling the gaps.
    pub exercise: [u32; 2],
}

/// What a peer needs to reach the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A client connects to it.
    Tcp,
    /// A client sends it datagrams.
    Udp,
    /// The program is a client: nobody connects to it.
    Client,
}

/// How the server is run under load.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Options without which it would print every message, or disconnect a client that pauses.
    #[serde(default)]
    pub options: Vec<String>,
    /// Environment variables that it needs.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// What each client sends first.
    pub login: Option<String>,
    /// A client waits until the one before it has left.
    #[serde(default)]
    pub one_at_a_time: bool,
}

/// A part of the solution that the exercise leaves to the student: TODO 1 is the first gap, and so on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The file, seen from `src`.
    pub file: String,
    /// The beginning of an item's first line: the gap is the item's body, or lines of it.
    pub item: String,
    /// The beginning of the gap's first line, if it isn't the body's first.
    pub first: Option<String>,
    /// The beginning of the gap's last line, if it isn't the body's last. A block that this line is in belongs to the gap.
    pub last: Option<String>,
    /// The words of `todo!("TODO 1: ...")`.
    pub todo: String,
    /// The code that stands in the gap, with `{todo}` for the macro.
    #[serde(default = "plain")]
    pub code: String,
    /// The comment above it: what to do, and which API to look at.
    pub task: String,
    /// Tests that fail as long as only this gap is open.
    pub tests: Vec<String>,
    /// Where to look, which pieces to use, and a fragment at most.
    pub hints: [String; 3],
}

/// A time in words: `30 to 45 minutes`, `2 to 3 hours`.
pub fn in_words([from, to]: [u32; 2]) -> String {
    if from % 60 == 0 && to % 60 == 0 {
        format!("{} to {} hours", from / 60, to / 60)
    } else {
        format!("{from} to {to} minutes")
    }
}

fn plain() -> String {
    "{todo};".to_owned()
}

impl Facts {
    /// Reads the facts about `step`.
    pub fn of(step: &Step) -> Result<Self> {
        let path = step.solution().join("step.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        basic_toml::from_str(&text).with_context(|| format!("solutions/{step}/step.toml"))
    }

    /// The heading of the step's pages: `02 · A thread for each client`.
    pub fn heading(&self, step: &Step) -> String {
        format!("{} · {}", step.number(), self.title)
    }

    /// Where a group stands in teaching order. One that isn't known comes last.
    pub fn place(&self, group: &str) -> usize {
        self.groups.iter().position(|known| known == group).unwrap_or(self.groups.len())
    }
}

/// The group of a test: `together` of `together::a_silent_client_does_not_hold_up_another`.
pub fn group_of(test: &str) -> &str {
    test.split_once("::").map_or(OWN, |(group, _)| group)
}
