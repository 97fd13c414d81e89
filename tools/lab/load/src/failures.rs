//! What went wrong, counted by its kind.

use std::collections::BTreeMap;
use std::env;
use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

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
    pub fn add(&mut self, kind: &str, reason: &str) {
        *self.counts.entry(kind.into()).or_default() += 1;
        self.first.get_or_insert_with(|| format!("{kind}: {reason}"));
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Counts an error of connecting, reading or writing.
    pub(crate) fn note(&mut self, error: &Error) {
        let late = format!("no echo within {} s", patience().as_secs_f64());
        match error.kind() {
            ErrorKind::ConnectionRefused => self.add("refused", &error.to_string()),
            ErrorKind::WouldBlock => self.add("silent", &late),
            ErrorKind::TimedOut if error.get_ref().is_none() => self.add("silent", &late),
            ErrorKind::TimedOut => self.add("silent", &error.to_string()),
            ErrorKind::InvalidData => self.add("wrong", &error.to_string()),
            ErrorKind::UnexpectedEof => self.add("closed", "before the whole echo had come"),
            _ => self.add("closed", &error.to_string()),
        }
    }
}

/// Compares what came with what was sent.
pub fn compare(came: &[u8], sent: &[u8]) -> Result<()> {
    match came.iter().zip(sent).position(|(came, sent)| came != sent) {
        _ if came == sent => Ok(()),
        None => Err(Error::new(ErrorKind::InvalidData, "the echo has another length than what was sent")),
        Some(at) => {
            let reason = format!("byte {} of the echo is not what was sent", at + 1);
            Err(Error::new(ErrorKind::InvalidData, reason))
        }
    }
}
