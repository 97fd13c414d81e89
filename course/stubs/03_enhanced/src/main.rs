//! Step 03: messages, commands, a log, an idle timeout and an orderly end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ex03_enhanced::{Echo, Lines, log_format, serve};
use support::{Args, OneLine, say};

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes messages, answers QUIT, STATS and TIME, and ends in order on Ctrl+C.");
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    let address = args.address();
    log_format::init();

    let messages = Arc::new(AtomicU64::new(0));
    let connections = serve(&address, idle_timeout, || (Lines::default(), Echo::new(&prefix, &messages)))?;

    let messages = messages.load(Ordering::Relaxed);
    say!("Server stopped: {connections} connections, {messages} messages");
    Ok(())
}
