//! Step 01: an echo server for one client at a time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::Context;
use support::{Args, OneLine, Shortage, complain, printable, say};

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes every byte back, to one client at a time.");
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
            Ok((client, peer)) => serve(client, peer, quiet),
            // This client has left again; the next one may be waiting.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => shortage.pause(|| complain!("Cannot accept a client: {error}")),
        }
    }
}

/// Serves one client, from its connection to its last byte.
fn serve(client: TcpStream, peer: SocketAddr, quiet: bool) {
    say!("Connection from {peer}");
    if let Err(error) = echo(client, quiet) {
        complain!("Lost {peer}: {error}");
    }
    say!("Connection closed");
}

/// Sends back every byte, until the client has sent its last.
fn echo(mut client: TcpStream, quiet: bool) -> io::Result<()> {
    client.set_nodelay(true)?; // send each echo immediately, even while an earlier one is on its way (RFC 896)
    let mut buffer = [0; 4096];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let bytes = &buffer[..count];
        if !quiet {
            say!("Received: {}", printable(bytes));
        }
        client.write_all(bytes)?;
        if !quiet {
            say!("Echoed: {}", printable(bytes));
        }
    }
}
