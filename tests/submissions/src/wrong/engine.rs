//! The correct engine of step 03, for the mistakes of steps 05 to 08: each is in a layer around its responder, or in the
//! framing. What these steps use of the engine stands here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Result;
use sol03_enhanced::{log_format, serve};
use support::{Address, Args, say};

pub use sol03_enhanced::{Deadline, Echo, Framing, Lines, Message, Outcome, Reason, Responder};

/// How many messages were echoed to all clients.
static MESSAGES: LazyLock<Arc<AtomicU64>> = LazyLock::new(Arc::default);

/// Counts messages that the engine doesn't.
pub fn count(messages: u64) {
    MESSAGES.fetch_add(messages, Ordering::SeqCst);
}

/// The options of step 03. A layer takes its own before the address.
pub struct Options {
    pub idle_timeout: Duration,
    pub prefix: String,
}

impl Options {
    pub fn take(args: &mut Args) -> Self {
        let idle_timeout = idle_timeout(args);
        Self { idle_timeout, prefix: args.text("--prefix", "", "put this before every echoed message") }
    }

    /// The responder of step 03.
    pub fn echo(&self) -> Echo {
        Echo::new(&self.prefix, &MESSAGES)
    }
}

pub fn idle_timeout(args: &mut Args) -> Duration {
    args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte")
}

/// Serves clients until Ctrl+C, and returns how many there were.
pub fn run<F: Framing + Send, R: Responder + Send>(
    address: &Address,
    idle_timeout: Duration,
    new_client: impl Fn() -> (F, R),
) -> Result<u64> {
    log_format::init();
    serve(address, idle_timeout, new_client)
}

/// Prints the last line.
pub fn stopped(connections: u64) {
    say!("Server stopped: {connections} connections, {} messages", MESSAGES.load(Ordering::SeqCst));
}
