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
use crate::threads::Threads;
use crate::{Framing, Responder};

/// Listens on `address` and serves clients until Ctrl+C or SIGTERM; then every connection is closed in order and every
/// thread has ended. `new_client` makes what a client needs: the framing of its messages, and a responder that answers them.
/// It is disconnected after `idle_timeout` without a byte in either direction. Returns how many clients were served.
///
/// # Errors
/// The address can't be resolved or bound, or there is a Ctrl+C handler already.
pub fn serve<F: Framing + Send, R: Responder + Send>(
    address: &Address,
    idle_timeout: Duration,
    new_client: impl Fn() -> (F, R),
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
    let threads = Threads::new();
    thread::scope(|scope| {
        loop {
            let (stream, peer) = accept(&listener);
            let Some(client) = clients.admit(stream) else { break };
            let (framing, responder) = new_client();
            let visit =
                move || Connection::new(client.stream(), peer, responder, idle_timeout).serve(framing);
            if let Err(error) = threads.begin(visit, scope) {
                log::error!("No thread for {peer}: {error}");
            }
        }
        drop(listener);
        threads.close();
    });
    Ok(clients.admitted())
}
