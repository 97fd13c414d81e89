//! Step 02: an echo server with a thread for each client.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use support::{Args, OneLine, complain, note, printable};

/// A thread that serves a client needs little; the default of 2 MiB is address space that thousands would add up.
const STACK_BYTES: usize = 256 * 1024;

/// How much is read at a time, at first. Reads that fill the buffer are followed by larger ones: who sends much is served with
/// few system calls, and who says little needs little memory.
const FIRST_READ: usize = 4 * 1024;
const LARGEST_READ: usize = 32 * 1024;

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes every byte back, to any number of clients at a time.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    let listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    support::announce(&address, listener.local_addr()?);

    loop {
        let (client, peer) = accept(&listener);
        let thread = thread::Builder::new().stack_size(STACK_BYTES);
        // thread::spawn would panic where this returns the error: the client is dropped, the others stay.
        if let Err(error) = thread.spawn(move || serve(client, peer, quiet)) {
            complain!("No thread for {peer}: {error}");
        }
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

/// One client's whole visit.
fn serve(client: TcpStream, peer: SocketAddr, quiet: bool) {
    note!("Connection from {peer}");
    if let Err(error) = echo(client, peer, quiet) {
        complain!("Lost {peer}: {error}");
    }
    note!("Connection closed: {peer}");
}

/// Sends back every byte, until the client has sent its last.
fn echo(mut client: TcpStream, peer: SocketAddr, quiet: bool) -> io::Result<()> {
    client.set_nodelay(true)?; // send each echo at once, also the second half of a long one (RFC 896)
    let mut buffer = vec![0; FIRST_READ];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let bytes = &buffer[..count];
        if !quiet {
            note!("Received from {peer}: {}", printable(bytes));
        }
        client.write_all(bytes)?;
        if !quiet {
            note!("Echoed to {peer}: {}", printable(bytes));
        }
        if count == buffer.len() && count < LARGEST_READ {
            buffer.resize(2 * count, 0);
        }
    }
}
