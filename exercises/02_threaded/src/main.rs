//! Step 02: an echo server with a thread for each client.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::Context;
use support::{Args, OneLine, Shortage, complain, note, printable};

/// A thread that serves a client needs little; the default of 2 MiB is address space that adds up with thousands of them.
const STACK_BYTES: usize = 256 * 1024;

/// The size of a read, at first. A read that fills the buffer is followed by a larger one, so a client that sends much costs
/// few system calls, and one that sends little costs little memory.
const FIRST_READ: usize = 4 * 1024;
const LARGEST_READ: usize = 32 * 1024;

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes every byte back, to any number of clients at once.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    let listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .with_context(|| format!("cannot listen on {address}"))?;
    support::announce(&address, listener.local_addr()?);

    let mut shortage = Shortage::default();
    loop {
        match listener.accept() {
            Ok((client, peer)) => {
                // TODO 1: Start a thread that calls serve(). Use thread::Builder with a stack of
                // STACK_BYTES: its spawn() returns an error where thread::spawn() panics. If there
                // is no thread left, report it with complain! and go on without this client.
                todo!("TODO 1: give each client a thread");
            }
            // This client has left again; the next one may be waiting.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => shortage.pause(|| complain!("Cannot accept a client: {error}")),
        }
    }
}

/// Serves one client, from its connection to its last byte.
fn serve(client: TcpStream, peer: SocketAddr, quiet: bool) {
    // TODO 2: Do what step 01 does with each client, with note! in place of say!. Here the last
    // line names the client as well: "Connection closed: 127.0.0.1:54321".
    todo!("TODO 2: serve one client");
}

/// Sends back every byte, until the client has sent its last.
fn echo(mut client: TcpStream, peer: SocketAddr, quiet: bool) -> io::Result<()> {
    client.set_nodelay(true)?; // send each echo immediately, even while an earlier one is on its way (RFC 896)
    let mut buffer = vec![0; FIRST_READ];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let bytes = &buffer[..count];
        // TODO 3: Write the bytes back. Unless `quiet` is set, print "Received from
        // 127.0.0.1:54321: ..." before it and "Echoed to 127.0.0.1:54321: ..." after it: use note!
        // and printable().
        todo!("TODO 3: echo, and name the client in both lines");
        if count == buffer.len() && count < LARGEST_READ {
            buffer.resize(2 * count, 0);
        }
    }
}
