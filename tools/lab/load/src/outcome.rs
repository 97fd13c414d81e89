//! What comes of a measurement.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::failures::{Failure, Failures};
use crate::window::Window;

/// The figures of one measurement.
#[derive(Default, Serialize, Deserialize)]
pub struct Outcome {
    /// How many were done in the time that counts.
    pub count: u64,
    /// As many per second.
    pub rate: f64,
    /// For `latency`.
    pub latency: Option<Latency>,
    /// For `idle`: what the server holds per connection, in bytes.
    pub memory: Option<f64>,
    /// What went wrong.
    pub failures: Failures,
    /// The share of CPU time that each thread of the generator used.
    pub busy: f64,
}

impl Outcome {
    /// `count` in the time of the window, by a generator of `threads` threads.
    pub(crate) fn new(count: u64, window: &Window, threads: u32, failures: Failures) -> Self {
        #[allow(clippy::cast_precision_loss)] // 2^53 messages take years
        let rate = count as f64 / window.seconds();
        Self { count, rate, failures, busy: window.busy(threads), ..Self::default() }
    }

    /// Nothing but this failure.
    pub fn failed(failure: &Failure) -> Self {
        let mut failures = Failures::default();
        failures.note(failure);
        Self { failures, ..Self::default() }
    }
}

/// Times from when a message was due to its echo, in microseconds.
#[derive(Serialize, Deserialize)]
pub struct Latency {
    /// The median.
    pub p50: f64,
    /// Of a hundred messages one takes longer.
    pub p99: f64,
    /// Of a thousand messages one takes longer.
    pub p99_9: f64,
    /// The longest.
    pub max: f64,
    /// The whole distribution, as pairs of a percentile and a time.
    pub curve: Vec<(f64, f64)>,
}

/// The percentiles of the curve.
const CURVE: [f64; 12] = [10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.8, 99.9, 99.95];

impl Latency {
    pub(crate) fn new(times: &Histogram<u64>) -> Self {
        let at = |percentile| microseconds(times.value_at_percentile(percentile));
        Self {
            p50: at(50.0),
            p99: at(99.0),
            p99_9: at(99.9),
            max: microseconds(times.max()),
            curve: CURVE.map(|percentile| (percentile, at(percentile))).to_vec(),
        }
    }
}

fn microseconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6
}
