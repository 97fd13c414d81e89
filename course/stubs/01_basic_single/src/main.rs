//! Step 01: an echo server for one client at a time.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use support::{Args, OneLine, complain, printable, say};

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes every byte back, to one client at a time.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    // TODO 1: resolve the address, and bind a listener to what it resolves to. Either may fail: then return the error
    // "cannot listen on {address}: {error}", which anyhow! makes.
    let listener: TcpListener = todo!("TODO 1: bind a listener");
    support::announce(&address, listener.local_addr()?);

    loop {
        // TODO 2: accept() a client, say! "Connection from ..." with its address, echo() what it sends, and say!
        // "Connection closed". An error of echo() is about this client alone: complain! about it and go on.
        todo!("TODO 2: serve one client after another");
    }
}

/// Waits for the next client. An error here is no reason to end: the client may have gone again, or the system is
/// out of file descriptors for a while.
fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut complained = false;
    loop {
        match listener.accept() {
            Ok(client) => return client,
            Err(error) if !complained => complain!("Cannot accept a client: {error}"),
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
        complained = true;
    }
}

/// Sends back every byte, until the client has sent its last.
fn echo(mut client: TcpStream, quiet: bool) -> io::Result<()> {
    client.set_nodelay(true)?; // send each echo at once, also the second half of a long one (RFC 896)
    let mut buffer = [0; 4096];
    loop {
        // TODO 3: read what has come into the buffer. 0 bytes mean that the client has sent its last: return.
        let bytes: &[u8] = todo!("TODO 3: read what the client sends");
        if !quiet {
            say!("Received: {}", printable(bytes));
        }
        // TODO 4: write all of the bytes back. Then, unless it is quiet, say "Echoed: ..." as above.
        todo!("TODO 4: write it back");
    }
}
