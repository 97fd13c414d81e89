//! Accepting clients, each with a thread of its own, until Ctrl+C.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, Builder};
use std::time::Duration;

use anyhow::{Context, Result};
use support::{Address, Shortage};

use crate::connection::Connection;
use crate::shutdown::Clients;
use crate::{Framing, Responder};

/// A thread that serves a client needs little; the default of 2 MiB is address space that adds up with thousands of them.
const STACK_BYTES: usize = 256 * 1024;

/// What the main thread waits for.
enum Event {
    /// A client has connected.
    Connected(TcpStream, SocketAddr),
    /// Ctrl+C or SIGTERM has come.
    Stop,
}

/// Listens on `address` and serves clients until Ctrl+C or SIGTERM. Then it closes every connection cleanly and joins every
/// client's thread. `new_client` makes what a client needs: the framing of its messages, and a responder that answers them. A
/// client is disconnected after `idle_timeout` without a byte in either direction. Returns how many clients were served.
///
/// # Errors
/// The address can't be resolved or bound, there is no thread for the listener, or there is a Ctrl+C handler already.
pub fn serve<F: Framing + Send, R: Responder + Send>(
    address: &Address,
    idle_timeout: Duration,
    new_client: impl Fn() -> (F, R),
) -> Result<u64> {
    let listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .with_context(|| format!("cannot listen on {address}"))?;
    let local = listener.local_addr()?;
    let (events, next_event) = mpsc::sync_channel(0);
    let stop = events.clone();
    // TODO 8: Have Ctrl+C and SIGTERM send Event::Stop: see ctrlc::set_handler, which takes a
    // closure. Nobody receives a second Ctrl+C, so ignore whether sending works.
    todo!("TODO 8: notify the main thread on Ctrl+C");
    Builder::new().spawn(move || accept(&listener, &events)).context("cannot start a thread")?;

    support::announce(address, local);
    log::info!("Echo server started on {local}");
    log::info!("Waiting for client connections...");

    let clients = Clients::default();
    let mut connections = 0;
    // The end of the scope joins the threads of all clients.
    thread::scope(|scope| {
        while let Ok(Event::Connected(stream, peer)) = next_event.recv() {
            let client = clients.add(connections, stream);
            connections += 1;
            let (framing, responder) = new_client();
            let session =
                move || Connection::new(client.stream(), peer, responder, idle_timeout).serve(framing);
            if let Err(error) = Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, session) {
                log::error!("No thread for {peer}: {error}");
            }
        }
        drop(next_event); // so accept() can hand over nobody else
        clients.disconnect();
    });
    Ok(connections)
}

/// Accepts clients and hands them over until nobody takes them. Nothing wakes `accept()` on every operating system, so this
/// thread isn't joined: the end of the process ends it.
fn accept(listener: &TcpListener, events: &SyncSender<Event>) {
    let mut shortage = Shortage::default();
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                if events.send(Event::Connected(stream, peer)).is_err() {
                    return;
                }
            }
            // TODO 6: After ConnectionAborted, try the next client immediately: this one has left
            // again. Any other error is a shortage: call its pause(), and log the error when
            // pause() asks for a report.
            Err(error) => todo!("TODO 6: survive the errors of accept()"),
        }
    }
}
