//! Step 10: an echo server with one thread for all clients.

mod connection;
mod event_loop;

use anyhow::Context;
use mio::net::TcpListener;
use support::{Args, OneLine};

use event_loop::EventLoop;

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes every byte back, to thousands of clients at once, with one thread.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    let listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .with_context(|| format!("cannot listen on {address}"))?;
    support::announce(&address, listener.local_addr()?);

    EventLoop::new(listener, quiet)?.run()?;
    Ok(())
}
