//! Round-trip latency: one connection, a message at each tick of a clock.
//!
//! A generator that sends its next message only when the last has come back asks less often just while the server is slow, and
//! so leaves out the times that matter ("coordinated omission"). Here a message is due at its tick whatever became of
//! the last one, and its time counts from there.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::connection::Server;
use crate::failures::{Failure, Failures, patience};
use crate::message::{SMALL, message, stamp};
use crate::outcome::{Latency, Outcome};
use crate::window::Window;

/// Far above a round trip on loopback, so that a server that keeps up is idle in between.
const TICK: Duration = Duration::from_micros(250);

pub fn run(server: &Server, window: Window) -> Outcome {
    let mut times = Histogram::new(3).expect("3 digits are possible");
    let mut failures = Failures::default();
    if let Err(failure) = measure(server, window, &mut times) {
        failures.note(&failure);
    }
    let latency = (!times.is_empty()).then(|| Latency::new(&times));
    Outcome { latency, ..Outcome::new(times.len(), &window, 1, failures) }
}

fn measure(server: &Server, window: Window, times: &mut Histogram<u64>) -> Result<(), Failure> {
    let mut connection = server.connect(0)?;
    let mut message = message(SMALL);
    let mut due = Instant::now();
    for number in 0.. {
        due += TICK;
        if window.is_over(due) {
            break;
        }
        // The system's sleep alone is late by half a round trip.
        spin_sleep::sleep(due.saturating_duration_since(Instant::now()));
        stamp(&mut message, number);
        connection.exchange(&message)?;
        let time = due.elapsed();
        if window.has(due) {
            let nanoseconds = u64::try_from(time.as_nanos()).expect("it is not centuries");
            times.record(nanoseconds).expect("it grows as needed");
        }
        if time > patience() {
            return Err(Failure::silent("the server has fallen behind for good"));
        }
    }
    Ok(())
}
