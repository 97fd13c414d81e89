//! What comes of a measurement.

use std::io;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::failures::Failures;
use crate::window::Window;

/// The figures of one measurement.
#[derive(Default, Serialize, Deserialize)]
pub struct Outcome {
    /// How many were done in the time that counts.
    pub count: u64,
    /// As many per second.
    pub rate: f64,
    /// For `latency`, from when a message was due to its echo: percentiles, each with its time in microseconds.
    pub latency: Vec<(f64, f64)>,
    /// For `idle`: what the server holds per connection, in bytes.
    pub memory: Option<f64>,
    /// What went wrong.
    pub failures: Failures,
    /// The share of CPU time that each thread of the generator used.
    pub busy: f64,
}

impl Outcome {
    /// `count` in the time of the window, by a generator of `threads` threads, and the failure that ended it.
    pub(crate) fn new(count: u64, window: &Window, threads: u32, end: io::Result<()>) -> Self {
        #[allow(clippy::cast_precision_loss)] // 2^53 messages take years
        let rate = count as f64 / window.seconds();
        let mut outcome = Self { count, rate, busy: window.busy(threads), ..Self::default() };
        outcome.note(end);
        outcome
    }

    /// Repeats something until the window is over, and counts how often it succeeded.
    pub(crate) fn of_repeating(window: &Window, mut once: impl FnMut(u64) -> io::Result<()>) -> Self {
        let (mut count, mut failures) = (0, Failures::default());
        for number in 0.. {
            let result = once(number);
            let now = Instant::now();
            match result {
                Ok(()) => count += u64::from(window.has(now)),
                Err(error) => failures.note(&error),
            }
            if window.is_over(now) {
                break;
            }
        }
        Self { failures, ..Self::new(count, window, 1, Ok(())) }
    }

    /// Nothing but a failure.
    pub fn failed(kind: &str, reason: &str) -> Self {
        let mut outcome = Self::default();
        outcome.failures.add(kind, reason);
        outcome
    }

    /// Counts a failure, if it is one.
    pub(crate) fn note(&mut self, result: io::Result<()>) {
        result.unwrap_or_else(|error| self.failures.note(&error));
    }
}
