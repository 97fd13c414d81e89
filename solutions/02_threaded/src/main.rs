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
                let thread = thread::Builder::new().stack_size(STACK_BYTES);
                // thread::spawn would panic where this returns the error. The client is dropped, the others stay.
                if let Err(error) = thread.spawn(move || serve(client, peer, quiet)) {
                    complain!("No thread for {peer}: {error}");
                }
            }
            // This client has left again; the next one may be waiting.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => shortage.pause(|| complain!("Cannot accept a client: {error}")),
        }
    }
}

/// Serves one client, from its connection to its last byte.
fn serve(client: TcpStream, peer: SocketAddr, quiet: bool) {
    note!("Connection from {peer}");
    if let Err(error) = echo(client, peer, quiet) {
        complain!("Lost {peer}: {error}");
    }
    note!("Connection closed: {peer}");
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
