//! The right engine of step 03, for the wrong submissions of the steps that put a layer around its responder.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use sol03_enhanced::{Echo, Lines, Responder, log_format, serve};
use support::{Address, Args, say};

/// What the command line says to the engine.
pub struct Engine {
    address: Address,
    idle_timeout: Duration,
    prefix: String,
}

impl Engine {
    /// Takes the engine's options and the address. The layer's own options are to be taken before.
    pub fn new(mut args: Args) -> Self {
        let idle_timeout = args.seconds("--idle-timeout", "30", "disconnect a silent client");
        let prefix = args.text("--prefix", "", "put this before every echoed message");
        Self { address: args.address(), idle_timeout, prefix }
    }

    /// Serves clients, each with a `layer` around its echo and the count of all messages.
    pub fn serve<R: Responder + Send>(self, layer: impl Fn(Echo, &Arc<AtomicU64>) -> R) -> Result<()> {
        log_format::init();
        let messages = Arc::default();
        let connections = serve(&self.address, self.idle_timeout, || {
            (Lines::default(), layer(Echo::new(&self.prefix, &messages), &messages))
        })?;
        say!("Server stopped: {connections} connections, {} messages", messages.load(Ordering::Relaxed));
        Ok(())
    }
}
