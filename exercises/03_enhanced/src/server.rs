//! Taking clients in, each with a thread of its own.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use support::Address;

use crate::accept::accept;
use crate::connection::Connection;
use crate::shutdown::Clients;
use crate::{Lines, Responder};

/// A thread that serves a client needs little; the default of 2 MiB is address space that thousands would add up.
const STACK_BYTES: usize = 256 * 1024;

/// Listens on `address` and serves clients until Ctrl+C or SIGTERM; then every connection is closed in order and every
/// thread has ended. Each client gets a responder from `new_responder`, and is disconnected after `idle_timeout`
/// without a byte in either direction. Returns how many clients were served.
///
/// # Errors
/// The address can't be resolved or bound, or there is a Ctrl+C handler already.
pub fn serve<R: Responder + Send>(
    address: &Address,
    idle_timeout: Duration,
    new_responder: impl Fn() -> R,
) -> Result<u64> {
    let listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    let own = listener.local_addr()?;
    let clients = Arc::new(Clients::new(own));
    let on_ctrl_c = Arc::clone(&clients);
    ctrlc::set_handler(move || on_ctrl_c.disconnect())?;

    support::announce(address, own);
    log::info!("Echo server started on {own}");
    log::info!("Waiting for client connections...");

    // The scope ends when all its threads have: that joins them.
    thread::scope(|threads| {
        loop {
            let (stream, peer) = accept(&listener);
            let Some(client) = clients.admit(stream) else { break };
            let (lines, responder) = (Lines::default(), new_responder());
            let serve = move || Connection::new(client.stream(), peer, responder).serve(lines, idle_timeout);
            if let Err(error) = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(threads, serve) {
                log::error!("No thread for {peer}: {error}");
            }
        }
        drop(listener);
    });
    Ok(clients.admitted())
}
