//! Step 01 with a buffer on either side of the socket: what comes is looked at in the reader's own buffer, and the
//! writer's is flushed before the next wait.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use support::{Args, complain, printable, say};

fn main() -> Result<()> {
    let mut args = Args::new("Echoes every byte back, to one client at a time.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    let listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    support::announce(&address, listener.local_addr()?);

    loop {
        match listener.accept() {
            Ok((client, peer)) => {
                say!("Connection from {peer}");
                if let Err(error) = echo(&client, quiet) {
                    complain!("Lost {peer}: {error}");
                }
                say!("Connection closed");
            }
            Err(error) => {
                complain!("Cannot accept a client: {error}");
                thread::sleep(Duration::from_secs(1));
            }
        }
    }
}

/// Sends back every byte, until the client has sent its last.
fn echo(client: &TcpStream, quiet: bool) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut writer = BufWriter::new(client);
    loop {
        let bytes = reader.fill_buf()?;
        let count = bytes.len();
        if count == 0 {
            return Ok(());
        }
        if !quiet {
            say!("Received: {}", printable(bytes));
        }
        writer.write_all(bytes)?;
        writer.flush()?;
        if !quiet {
            say!("Echoed: {}", printable(bytes));
        }
        reader.consume(count);
    }
}
