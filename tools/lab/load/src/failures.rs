//! What went wrong, counted by its kind.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::time::Duration;
use std::{env, fmt};

use serde::{Deserialize, Serialize};

/// How long to wait for an echo before it counts as lost: as long as the tests of the steps wait, and `GRADER_PATIENCE`
/// makes both longer.
pub fn patience() -> Duration {
    let factor = env::var("GRADER_PATIENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(5).mul_f64(factor.filter(|factor| (1.0..=100.0).contains(factor)).unwrap_or(1.0))
}

/// How many of each kind, and the first in words.
#[derive(Default, Serialize, Deserialize)]
pub struct Failures {
    counts: BTreeMap<String, u64>,
    /// The first.
    pub first: Option<String>,
}

impl Failures {
    /// Counts one.
    pub fn note(&mut self, failure: &Failure) {
        *self.counts.entry(failure.kind.into()).or_default() += 1;
        self.first.get_or_insert_with(|| failure.to_string());
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// One thing that went wrong, with its reason.
#[derive(Debug)]
pub struct Failure {
    kind: &'static str,
    reason: String,
}

impl Failure {
    /// The server didn't start.
    pub fn not_started(reason: impl fmt::Display) -> Self {
        Self { kind: "not started", reason: reason.to_string() }
    }

    /// There was no connection.
    pub fn refused(reason: impl fmt::Display) -> Self {
        Self { kind: "refused", reason: reason.to_string() }
    }

    /// The server closed or reset the connection before the whole echo had come.
    pub fn closed(reason: impl fmt::Display) -> Self {
        Self { kind: "closed", reason: reason.to_string() }
    }

    /// Something didn't come in time.
    pub fn silent(reason: impl fmt::Display) -> Self {
        Self { kind: "silent", reason: reason.to_string() }
    }

    /// The server sent something else than it got.
    pub fn wrong(reason: impl fmt::Display) -> Self {
        Self { kind: "wrong", reason: reason.to_string() }
    }

    pub(crate) fn at_its_end() -> Self {
        Self::closed("before the whole echo had come")
    }

    pub(crate) fn late() -> Self {
        Self::silent(format!("no echo within {} s", patience().as_secs_f64()))
    }
}

/// An error of reading or writing.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::late(),
            ErrorKind::UnexpectedEof => Self::at_its_end(),
            _ => Self::closed(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.reason)
    }
}

/// Compares what came with what was sent.
pub fn compare(came: &[u8], sent: &[u8]) -> Result<(), Failure> {
    if came == sent {
        return Ok(());
    }
    let same = came.iter().zip(sent).take_while(|(a, b)| a == b).count();
    Err(Failure::wrong(format!("byte {} of the echo is not what was sent", same + 1)))
}
