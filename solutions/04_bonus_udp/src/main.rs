//! Step 04: an echo server for datagrams.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use support::{Args, OneLine, complain, note, say};

/// No datagram is larger: its length field has 16 bits (RFC 768). A smaller buffer cuts one silently, and on Windows
/// `recv_from` fails.
const LARGEST_DATAGRAM: usize = 65_535;

/// The ports of the well-known services (RFC 6335, section 6). Clients don't send from there. A datagram that does is
/// probably forged, so that this server and an old service (echo, chargen, TFTP, NTP) answer each other forever: CVE-2024-2169,
/// VU#417980. Against another echo server on a high port, or a flood in the name of a victim, this rule does nothing: for that,
/// a protocol has to check that its senders are who they claim to be.
const WELL_KNOWN_PORTS: std::ops::Range<u16> = 0..1024;

/// How long the server waits for a datagram before it checks whether it is to stop, in case nothing wakes it up.
const CHECK: Duration = Duration::from_secs(1);

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Sends every datagram back to where it came from.");
    let quiet = args.flag("--quiet", "leave out the lines Received");
    let address = args.address();

    let socket =
        address.resolve().and_then(UdpSocket::bind).with_context(|| format!("cannot listen on {address}"))?;
    let socket = Arc::new(socket);
    let stopping = Arc::new(AtomicBool::new(false));
    let local = socket.local_addr()?;
    stop_on_ctrl_c(&socket, local, &stopping)?;
    support::announce(&address, local);

    let echoed = echo(&socket, local, &stopping, quiet);
    say!("Server stopped: {echoed} datagrams");
    Ok(())
}

/// On Ctrl+C the server must leave `recv_from`, where it waits. A datagram from itself, which it never echoes, wakes it up;
/// if none gets through, the timeout does.
fn stop_on_ctrl_c(socket: &Arc<UdpSocket>, local: SocketAddr, stopping: &Arc<AtomicBool>) -> Result<()> {
    socket.set_read_timeout(Some(CHECK))?;
    let (socket, stopping) = (Arc::clone(socket), Arc::clone(stopping));
    ctrlc::set_handler(move || {
        stopping.store(true, Ordering::SeqCst);
        let _ = socket.send_to(b"stop", support::reachable(local));
    })?;
    Ok(())
}

/// Echoes until Ctrl+C, and returns how many datagrams went back.
fn echo(socket: &UdpSocket, local: SocketAddr, stopping: &AtomicBool, quiet: bool) -> u64 {
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
        if WELL_KNOWN_PORTS.contains(&sender.port()) || is_own(local, sender) {
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

/// No error stops the server: each concerns one datagram, or a moment in which none came.
fn recover(error: &io::Error) {
    use ErrorKind::{ConnectionReset, Interrupted, TimedOut, WouldBlock};
    // The timeout is over, or a pause of the process (Ctrl+Z and fg) has interrupted it (signal(7)). On Windows, ConnectionReset
    // means that an earlier echo found nobody.
    if !matches!(error.kind(), WouldBlock | TimedOut | Interrupted | ConnectionReset) {
        complain!("Cannot receive: {error}");
        thread::sleep(Duration::from_millis(100)); // it may well fail again immediately
    }
}

/// Whether a datagram claims to come from this very server: echoed, it would come back forever.
fn is_own(local: SocketAddr, sender: SocketAddr) -> bool {
    let on_this_machine = |ip: IpAddr| UdpSocket::bind((ip, 0)).is_ok();
    sender.port() == local.port()
        && (sender.ip() == local.ip() || local.ip().is_unspecified() && on_this_machine(sender.ip()))
}
