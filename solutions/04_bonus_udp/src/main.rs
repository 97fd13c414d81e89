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

    let socket = address
        .resolve()
        .and_then(UdpSocket::bind)
        .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
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
        stopping.store(true, Ordering::SeqCst);
        if let Err(error) = socket.send_to(b"stop", support::reachable(own)) {
            complain!("Cannot wake the server: {error}");
        }
    })?;
    Ok(())
}

/// Echoes until Ctrl+C, and returns how many datagrams went back.
fn echo(socket: &UdpSocket, own: SocketAddr, stopping: &AtomicBool, quiet: bool) -> u64 {
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    let mut echoed = 0;
    loop {
        let received = socket.recv_from(&mut buffer);
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
        if !quiet {
            note!("Received {count} bytes from {sender}");
        }
        match socket.send_to(&buffer[..count], sender) {
            Ok(_) => echoed += 1,
            Err(error) => complain!("Cannot answer {sender}: {error}"),
        }
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
    let on_this_machine = |ip: IpAddr| UdpSocket::bind((ip, 0)).is_ok();
    sender.port() == own.port()
        && (sender.ip() == own.ip() || own.ip().is_unspecified() && on_this_machine(sender.ip()))
}
