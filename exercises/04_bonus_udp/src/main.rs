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

    // TODO 1: Resolve the address, and bind a UdpSocket to the result. If either fails, return the
    // error with the context "cannot listen on {address}", as in step 01.
    let socket: UdpSocket = todo!("TODO 1: bind a UDP socket");
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
        // TODO 5: Set the flag `stopping`. Then wake the server up by sending any datagram to
        // support::reachable(local). Ignore whether that works.
        todo!("TODO 5: stop on Ctrl+C");
    })?;
    Ok(())
}

/// Echoes until Ctrl+C, and returns how many datagrams went back.
fn echo(socket: &UdpSocket, local: SocketAddr, stopping: &AtomicBool, quiet: bool) -> u64 {
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    let mut echoed = 0;
    loop {
        // TODO 2: Receive a datagram into the buffer: see UdpSocket::recv_from. Keep its result as
        // it is, because an error is handled below.
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
        if WELL_KNOWN_PORTS.contains(&sender.port()) || is_own(local, sender) {
            continue;
        }
        // TODO 3: Unless `quiet` is set, print "Received 5 bytes from 127.0.0.1:54321" with note!.
        // Send the datagram back to its sender, and count it if that works: see UdpSocket::send_to.
        // An error concerns only this datagram, so report it with complain! and go on.
        todo!("TODO 3: send it back");
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
    // TODO 4: Return true if the sender's port is this server's port, and its IP address is this
    // server's too. A server on every address (`0.0.0.0` or `::`) has all addresses of this
    // machine: those that a socket can be bound to.
    todo!("TODO 4: recognize the server's own address");
}
