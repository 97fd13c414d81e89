//! Round-trip latency: one connection, a message at each tick of a clock.
//!
//! A generator that sends its next message only after the last echo asks less often exactly while the server is slow, and
//! so leaves out the times that matter ("coordinated omission"). Here a message is due at its tick whatever became of
//! the last one, and its time counts from there.

use std::io::{Error, ErrorKind, Result};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::connection::Server;
use crate::failures::patience;
use crate::message::{SMALL, message, stamp};
use crate::outcome::Outcome;
use crate::window::Window;

/// Far above a round trip on loopback, so that a server that keeps up is idle in between.
const TICK: Duration = Duration::from_micros(250);

/// What is reported of the distribution.
const PERCENTILES: [f64; 13] =
    [10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.8, 99.9, 99.95, 100.0];

pub fn run(server: &Server, window: &Window) -> Outcome {
    let mut times = Histogram::new(3).expect("3 digits are possible");
    let end = measure(server, window, &mut times);
    let at = |percentile| Duration::from_nanos(times.value_at_percentile(percentile)).as_secs_f64() * 1e6;
    let mut outcome = Outcome::new(times.len(), window, 1, end);
    if !times.is_empty() {
        outcome.latency = PERCENTILES.map(|percentile| (percentile, at(percentile))).to_vec();
    }
    outcome
}

fn measure(server: &Server, window: &Window, times: &mut Histogram<u64>) -> Result<()> {
    let mut connection = server.connect(0)?;
    let mut message = message(SMALL);
    let mut due = Instant::now();
    for number in 0.. {
        due += TICK;
        if window.is_over(due) {
            break;
        }
        // The kernel's sleep alone is late by half a round trip.
        spin_sleep::sleep(due.saturating_duration_since(Instant::now()));
        stamp(&mut message, number);
        connection.exchange(&message)?;
        let time = due.elapsed();
        if window.has(due) {
            times
                .record(u64::try_from(time.as_nanos()).expect("it is not centuries"))
                .expect("it grows as needed");
        }
        if time > patience() {
            return Err(Error::new(ErrorKind::TimedOut, "the server has fallen behind for good"));
        }
    }
    Ok(())
}
