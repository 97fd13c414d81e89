//! Step 07: step 03 with a limit to how fast a client may talk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use sol03_enhanced::{Echo, Lines, log_format, serve};
use support::{Args, OneLine, say};

use ex07_bonus_rate_limit::RateLimit;

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes messages, but only so many a second of each client.");
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    let rate = args.value("--rate", "N", "5", "messages a second that a client may send", |text| {
        let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
        rate.ok_or_else(|| format!("it must be a number above 0, not \"{text}\""))
    });
    let address = args.address();
    log_format::init();

    let messages = Arc::new(AtomicU64::new(0));
    let connections = serve(&address, idle_timeout, || {
        (Lines::default(), RateLimit::new(Echo::new(&prefix, &messages), rate, Instant::now))
    })?;

    let messages = messages.load(Ordering::Relaxed);
    say!("Server stopped: {connections} connections, {messages} messages");
    Ok(())
}
