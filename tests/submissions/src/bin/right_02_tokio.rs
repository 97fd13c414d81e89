//! Step 02 with tokio: a task for each client.

use std::io;
use std::time::Duration;

use anyhow::Result;
use submissions::{Screen, announce, command_line, listen};
use support::complain;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<()> {
    let (address, quiet) = command_line("Echoes every byte back, to any number of clients at once.");
    let listener = listen(&address)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    announce(&address, listener.local_addr()?);
    loop {
        match listener.accept().await {
            Ok((client, peer)) => drop(tokio::spawn(serve(client, Screen { quiet, peer, named: true }))),
            Err(error) => {
                complain!("Cannot accept a client: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// One client's whole visit.
async fn serve(client: TcpStream, screen: Screen) {
    screen.connected();
    if let Err(error) = echo(client, &screen).await {
        complain!("Lost {}: {error}", screen.peer);
    }
    screen.closed();
}

/// Sends back every byte, until the client has sent its last.
async fn echo(mut client: TcpStream, screen: &Screen) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        screen.received(&buffer[..count]);
        client.write_all(&buffer[..count]).await?;
        screen.echoed(&buffer[..count]);
    }
}
