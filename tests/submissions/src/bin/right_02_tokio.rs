//! Step 02 with tokio: a task for each client.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, anyhow};
use support::{Address, Args, complain, printable, say};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = Args::new("Echoes every byte back, to any number of clients at a time.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    let listener = listen(&address).await.map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    support::announce(&address, listener.local_addr()?);

    loop {
        match listener.accept().await {
            Ok((client, peer)) => drop(tokio::spawn(serve(client, peer, quiet))),
            Err(error) => {
                complain!("Cannot accept a client: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn listen(address: &Address) -> io::Result<TcpListener> {
    TcpListener::bind(address.resolve()?).await
}

/// One client's whole visit.
async fn serve(client: TcpStream, peer: SocketAddr, quiet: bool) {
    say!("Connection from {peer}");
    if let Err(error) = echo(client, peer, quiet).await {
        complain!("Lost {peer}: {error}");
    }
    say!("Connection closed: {peer}");
}

/// Sends back every byte, until the client has sent its last.
async fn echo(mut client: TcpStream, peer: SocketAddr, quiet: bool) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let bytes = &buffer[..count];
        if !quiet {
            say!("Received from {peer}: {}", printable(bytes));
        }
        client.write_all(bytes).await?;
        if !quiet {
            say!("Echoed to {peer}: {}", printable(bytes));
        }
    }
}
