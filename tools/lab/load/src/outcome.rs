//! What is told of a measurement.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::failures::Failures;
use crate::window::Window;

#[derive(Default, Serialize)]
pub struct Outcome {
    /// How many were done in the time that counts.
    pub count: u64,
    /// As many in a second.
    pub rate: f64,
    pub latency: Option<Latency>,
    /// Of the server for each connection, in bytes.
    pub memory: Option<f64>,
    pub failures: Failures,
    /// The part of the time in which the generator itself was busy.
    pub busy: f64,
}

impl Outcome {
    /// `count` in the time of the window, by a generator of `threads` threads.
    pub fn new(count: u64, window: &Window, threads: u32, failures: Failures) -> Self {
        #[allow(clippy::cast_precision_loss)] // 2^53 messages take years
        let rate = count as f64 / window.seconds();
        Self { count, rate, failures, busy: window.busy(threads), ..Self::default() }
    }
}

/// Times from when a message was due to its echo, in microseconds.
#[derive(Serialize)]
pub struct Latency {
    p50: f64,
    p99: f64,
    p99_9: f64,
    max: f64,
    /// The whole distribution, as pairs of a percentile and a time.
    curve: Vec<(f64, f64)>,
}

/// The percentiles of the curve.
const CURVE: [f64; 12] = [10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.8, 99.9, 99.95];

impl Latency {
    pub fn new(times: &Histogram<u64>) -> Self {
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
