//! What the mains of all servers on this engine have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use support::{Address, Args, OneLine, say};

use crate::{Framing, Responder, log_format, serve};

/// Takes the option `--idle-timeout`.
pub fn idle_timeout(args: &mut Args) -> Duration {
    args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte")
}

/// Takes the option `--prefix`.
pub fn prefix(args: &mut Args) -> String {
    args.text("--prefix", "", "put this before every echoed message")
}

/// Sets up the log, serves clients until Ctrl+C or SIGTERM, and prints how many clients and messages there were.
/// `new_client` makes the framing and the responder of a client, which adds its messages to the given counter.
///
/// # Errors
/// See [`serve`].
pub fn run<F: Framing + Send, R: Responder + Send>(
    address: &Address,
    idle_timeout: Duration,
    new_client: impl Fn(&Arc<AtomicU64>) -> (F, R),
) -> Result<(), OneLine> {
    log_format::init();
    let messages = Arc::default();
    let connections = serve(address, idle_timeout, || new_client(&messages))?;
    say!("Server stopped: {connections} connections, {} messages", messages.load(Ordering::Relaxed));
    Ok(())
}
