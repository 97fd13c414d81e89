//! Step 08: frames of any content instead of lines.

use sol03_enhanced::service;
use support::{Args, OneLine};

use ex08_bonus_binary::{EchoFrames, Frames};

fn main() -> Result<(), OneLine> {
    let mut args =
        Args::new("Echoes frames: a length of four bytes, the highest first, then that many bytes.");
    let idle_timeout = service::idle_timeout(&mut args);
    let max_bytes = args.value("--max-frame", "BYTES", "16777216", "refuse a longer frame", whole_number);
    let address = args.address();

    service::run(&address, idle_timeout, |messages| (Frames::new(max_bytes), EchoFrames::new(messages)))
}

fn whole_number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("it must be a whole number from 0 to {}, not \"{text}\"", u32::MAX))
}
