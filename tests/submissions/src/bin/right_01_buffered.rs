//! Step 01 with a buffer on either side of the socket: what comes is looked at in the reader's own buffer, and the
//! writer's is flushed before the next wait.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::TcpStream;

use anyhow::Result;
use submissions::{Screen, accept, announce, command_line, listen};
use support::complain;

fn main() -> Result<()> {
    let (address, quiet) = command_line("Echoes every byte back, to one client at a time.");
    let listener = listen(&address)?;
    announce(&address, listener.local_addr()?);
    loop {
        let (client, peer) = accept(&listener);
        let screen = Screen { quiet, peer, named: false };
        screen.connected();
        if let Err(error) = echo(&client, &screen) {
            complain!("Lost {peer}: {error}");
        }
        screen.closed();
    }
}

/// Sends back every byte, until the client has sent its last.
fn echo(client: &TcpStream, screen: &Screen) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut writer = BufWriter::new(client);
    loop {
        let bytes = reader.fill_buf()?;
        let count = bytes.len();
        if count == 0 {
            return Ok(());
        }
        screen.received(bytes);
        writer.write_all(bytes)?;
        writer.flush()?;
        screen.echoed(bytes);
        reader.consume(count);
    }
}
