//! Step 03: messages, commands, a log, an idle timeout and a clean shutdown.

use sol03_enhanced::{Echo, Lines, service};
use support::{Args, OneLine};

fn main() -> Result<(), OneLine> {
    let mut args =
        Args::new("Echoes messages, answers QUIT, STATS and TIME, and shuts down cleanly on Ctrl+C.");
    let idle_timeout = service::idle_timeout(&mut args);
    let prefix = service::prefix(&mut args);
    let address = args.address();

    service::run(&address, idle_timeout, |messages| (Lines::default(), Echo::new(&prefix, messages)))
}
