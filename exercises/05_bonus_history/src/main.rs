//! Step 05: step 03 with a history of the last messages.

use std::sync::Arc;

use sol03_enhanced::{Echo, Lines, service};
use support::{Args, OneLine};

use ex05_bonus_history::{History, Recorder};

/// The largest number of messages that a history can be set to keep.
const LONGEST_HISTORY: usize = 100_000;

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes messages, and sends the last of them to a client that sends HISTORY.");
    let idle_timeout = service::idle_timeout(&mut args);
    let prefix = service::prefix(&mut args);
    let length = args.value("--history", "N", "10", "keep the last N messages, 0 to 100000", |text| {
        let length = text.parse().ok().filter(|length| *length <= LONGEST_HISTORY);
        length.ok_or_else(|| format!("it must be a number from 0 to {LONGEST_HISTORY}, not \"{text}\""))
    });
    let address = args.address();

    let history = Arc::new(History::new(length));
    service::run(&address, idle_timeout, |messages| {
        (Lines::default(), Recorder::new(Echo::new(&prefix, messages), &history))
    })
}
