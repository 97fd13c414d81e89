//! Step 04: an echo server for datagrams.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use support::{Args, OneLine, complain, note, say};

/// No datagram is larger: its length field has 16 bits (RFC 768). A smaller buffer would cut one silently.
const LARGEST_DATAGRAM: usize = 65_535;

/// The ports of the well-known services (RFC 6335, section 6). No client sends from there, but another echo service
/// might, and the two would play ping-pong for ever.
const WELL_KNOWN_PORTS: std::ops::Range<u16> = 0..1024;

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Sends every datagram back to where it came from.");
    let quiet = args.flag("--quiet", "leave out the lines Received");
    let address = args.address();

    // TODO 1: resolve the address, and bind a UDP socket to what it resolves to, with the error message of step 01.
    let socket: UdpSocket = todo!("TODO 1: bind a UDP socket");
    let socket = Arc::new(socket);
    let stopping = Arc::new(AtomicBool::new(false));
    let own = socket.local_addr()?;
    stop_on_ctrl_c(&socket, own, &stopping)?;
    support::announce(&address, own);

    let echoed = echo(&socket, own, &stopping, quiet);
    say!("Server stopped: {echoed} datagrams");
    Ok(())
}

/// On Ctrl+C the server must leave `recv_from`, where it waits: a datagram from itself, which it never echoes,
/// wakes it up.
fn stop_on_ctrl_c(socket: &Arc<UdpSocket>, own: SocketAddr, stopping: &Arc<AtomicBool>) -> Result<()> {
    let (socket, stopping) = (Arc::clone(socket), Arc::clone(stopping));
    ctrlc::set_handler(move || {
        // TODO 5: set the flag `stopping`, then wake the server with any datagram to support::reachable(own).
        todo!("TODO 5: stop on Ctrl+C");
    })?;
    Ok(())
}

/// Echoes until Ctrl+C, and returns how many datagrams went back.
fn echo(socket: &UdpSocket, own: SocketAddr, stopping: &AtomicBool, quiet: bool) -> u64 {
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    let mut echoed = 0;
    loop {
        // TODO 2: receive a datagram into the buffer; recv_from() tells its size and its sender.
        let received: io::Result<(usize, SocketAddr)> = todo!("TODO 2: receive a datagram");
        if stopping.load(Ordering::SeqCst) {
            return echoed;
        }
        let (count, sender) = match received {
            Ok(datagram) => datagram,
            Err(error) => {
                recover(&error);
                continue;
            }
        };
        if WELL_KNOWN_PORTS.contains(&sender.port()) || is_own(own, sender) {
            continue;
        }
        // TODO 3: unless it is quiet, note! "Received 5 bytes from 127.0.0.1:54321". Send the datagram back to its sender,
        // and count it if that succeeded. An error is about this one datagram: complain! and go on.
        todo!("TODO 3: send it back");
    }
}

/// An error is about one datagram, and the next may be well. Windows reports as `ConnectionReset` that an earlier echo
/// found nobody; anything else is the system's trouble, and gets a pause so as not to spin.
fn recover(error: &io::Error) {
    if error.kind() != io::ErrorKind::ConnectionReset {
        complain!("Cannot receive: {error}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Whether a datagram claims to come from this very server: echoed, it would come back for ever.
fn is_own(own: SocketAddr, sender: SocketAddr) -> bool {
    // TODO 4: true if the port is this server's and the IP address is too. A server on every address (`0.0.0.0`) has all
    // addresses of this machine: those that a socket can be bound to.
    todo!("TODO 4: tell the server's own address");
}
