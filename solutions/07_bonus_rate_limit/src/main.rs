//! Step 07: step 03 with a limit on how fast a client may send.

use std::time::Instant;

use sol03_enhanced::{Echo, Lines, service};
use support::{Args, OneLine};

use sol07_bonus_rate_limit::RateLimit;

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes messages, but only so many per second for each client.");
    let idle_timeout = service::idle_timeout(&mut args);
    let prefix = service::prefix(&mut args);
    let rate = args.value("--rate", "N", "5", "messages per second that a client may send", |text| {
        let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
        rate.ok_or_else(|| format!("it must be a number above 0, not \"{text}\""))
    });
    let address = args.address();

    service::run(&address, idle_timeout, |messages| {
        (Lines::default(), RateLimit::new(Echo::new(&prefix, messages), rate, Instant::now))
    })
}
