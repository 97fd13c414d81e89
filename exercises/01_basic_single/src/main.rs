//! Step 01: an echo server for one client at a time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::Context;
use support::{Args, OneLine, Shortage, complain, printable, say};

fn main() -> Result<(), OneLine> {
    let mut args = Args::new("Echoes every byte back, to one client at a time.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    // TODO 1: Resolve the address, and bind a TcpListener to the result. If either fails, return
    // the error with the context "cannot listen on {address}": see address.resolve() and
    // anyhow::Context.
    let listener: TcpListener = todo!("TODO 1: bind a listener");
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
    // TODO 2: Print "Connection from ..." with the client's address, echo() what the client sends,
    // and print "Connection closed": use say!. An error of echo() concerns only this client, so
    // report it with complain! and return.
    todo!("TODO 2: serve one client");
}

/// Sends back every byte, until the client has sent its last.
fn echo(mut client: TcpStream, quiet: bool) -> io::Result<()> {
    client.set_nodelay(true)?; // send each echo immediately, even while an earlier one is on its way (RFC 896)
    let mut buffer = [0; 4096];
    loop {
        // TODO 3: Read what has arrived into the buffer: see Read::read. It returns how many bytes
        // there are. 0 bytes mean that the client won't send any more: return.
        let bytes: &[u8] = todo!("TODO 3: read what the client sends");
        if !quiet {
            say!("Received: {}", printable(bytes));
        }
        // TODO 4: Write all of the bytes back: see Write::write_all. Then, unless `quiet` is set,
        // print "Echoed: ..." in the way that "Received: ..." is printed above.
        todo!("TODO 4: write it back");
    }
}
