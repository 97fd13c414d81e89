//! Step 08: frames of any content instead of lines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sol03_enhanced::{log_format, serve};
use support::{Args, OneLine, say};

use ex08_bonus_binary::{EchoFrames, Frames};

fn main() -> Result<(), OneLine> {
    let mut args =
        Args::new("Echoes frames: a length of four bytes, the highest first, then that many bytes.");
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let max_bytes = args.value("--max-frame", "BYTES", "16777216", "refuse a longer frame", whole_number);
    let address = args.address();
    log_format::init();

    let messages = Arc::new(AtomicU64::new(0));
    let connections = serve(&address, idle_timeout, || (Frames::new(max_bytes), EchoFrames::new(&messages)))?;

    let messages = messages.load(Ordering::Relaxed);
    say!("Server stopped: {connections} connections, {messages} messages");
    Ok(())
}

fn whole_number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("it must be a whole number from 0 to {}, not \"{text}\"", u32::MAX))
}
