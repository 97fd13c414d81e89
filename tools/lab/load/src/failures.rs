//! What went wrong, counted by its kind.

use std::io::{self, ErrorKind};
use std::time::Duration;
use std::{env, fmt};

use serde::Serialize;

/// How long to wait for an echo before it is lost: as long as a criterion waits, and `GRADER_PATIENCE` makes it longer, too.
pub fn patience() -> Duration {
    let factor = env::var("GRADER_PATIENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(5).mul_f64(factor.filter(|factor| (1.0..=100.0).contains(factor)).unwrap_or(1.0))
}

/// How many of each kind, and the first in words.
#[derive(Default, Serialize)]
pub struct Failures {
    /// There was no connection.
    refused: u64,
    /// The server closed or reset the connection while it owed an echo.
    closed: u64,
    /// No echo came in time.
    silent: u64,
    /// Something else came than was sent.
    wrong: u64,
    first: Option<String>,
}

impl Failures {
    pub fn note(&mut self, failure: &Failure) {
        let count = match failure {
            Failure::Refused(_) => &mut self.refused,
            Failure::Closed(_) => &mut self.closed,
            Failure::Silent(_) => &mut self.silent,
            Failure::Wrong(_) => &mut self.wrong,
        };
        *count += 1;
        self.first.get_or_insert_with(|| failure.to_string());
    }
}

/// One thing that went wrong, with its reason.
#[derive(Debug)]
pub enum Failure {
    Refused(String),
    Closed(String),
    Silent(String),
    Wrong(String),
}

impl Failure {
    pub fn refused(error: &io::Error) -> Self {
        Self::Refused(error.to_string())
    }

    pub fn at_its_end() -> Self {
        Self::Closed("before the whole echo had come".into())
    }

    pub fn late() -> Self {
        Self::Silent(format!("no echo within {} s", patience().as_secs_f64()))
    }

    pub fn differs(at: usize) -> Self {
        Self::Wrong(format!("byte {} of the echo is not what was sent", at + 1))
    }
}

/// An error of reading or writing.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::late(),
            ErrorKind::UnexpectedEof => Self::at_its_end(),
            _ => Self::Closed(error.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, reason) = match self {
            Self::Refused(reason) => ("refused", reason),
            Self::Closed(reason) => ("closed", reason),
            Self::Silent(reason) => ("silent", reason),
            Self::Wrong(reason) => ("wrong", reason),
        };
        write!(f, "{kind}: {reason}")
    }
}

/// Compares what came with what was sent.
///
/// # Errors
/// A byte differs.
pub fn compare(came: &[u8], sent: &[u8]) -> Result<(), Failure> {
    if came == sent {
        return Ok(());
    }
    let same = came.iter().zip(sent).take_while(|(a, b)| a == b).count();
    Err(Failure::differs(same))
}
