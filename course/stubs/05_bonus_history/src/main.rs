//! Step 05: step 03 with a history of the last messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sol03_enhanced::{Echo, Lines, log_format, serve};
use support::{Args, OneLine, say};

use ex05_bonus_history::{History, Recorder};

/// The most messages that a history may be told to keep.
const LONGEST_HISTORY: usize = 100_000;

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes messages, and tells the last of them to whoever asks with HISTORY.");
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    let length = args.value("--history", "N", "10", "keep the last N messages, 0 to 100000", |text| {
        let length = text.parse().ok().filter(|length| *length <= LONGEST_HISTORY);
        length.ok_or_else(|| format!("it must be a number from 0 to {LONGEST_HISTORY}, not \"{text}\""))
    });
    let address = args.address();
    log_format::init();

    let messages = Arc::new(AtomicU64::new(0));
    let history = Arc::new(History::new(length));
    let connections = serve(&address, idle_timeout, || {
        (Lines::default(), Recorder::new(Echo::new(&prefix, &messages), &history))
    })?;

    let messages = messages.load(Ordering::Relaxed);
    say!("Server stopped: {connections} connections, {messages} messages");
    Ok(())
}
