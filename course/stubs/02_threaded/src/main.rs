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
        // TODO 1: start a thread that calls serve(). Use thread::Builder with a stack of STACK_BYTES: its spawn() returns
        // an error where thread::spawn() panics. The system may be out of threads: complain! and go on without this one.
        todo!("TODO 1: give each client a thread");
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
    // TODO 2: what step 01 did with each client, with note! for say!. The last line now names the client: "Connection
    // closed: 127.0.0.1:54321".
    todo!("TODO 2: serve one client");
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
        // TODO 3: write the bytes back, and note! before it "Received from 127.0.0.1:54321: ...", after it "Echoed to
        // 127.0.0.1:54321: ...", unless it is quiet.
        todo!("TODO 3: echo, and name the client in both lines");
        if count == buffer.len() && count < LARGEST_READ {
            buffer.resize(2 * count, 0);
        }
    }
}
