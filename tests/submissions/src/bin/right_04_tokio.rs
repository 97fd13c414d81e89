//! Step 04 with tokio: one task that waits for a datagram or for Ctrl+C, whichever comes first.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, anyhow};
use support::{Address, Args, complain, say};
use tokio::net::UdpSocket;
use tokio::sync::watch;

/// No datagram is larger.
const LARGEST_DATAGRAM: usize = 65_535;

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = Args::new("Sends every datagram back to where it came from.");
    let quiet = args.flag("--quiet", "leave out the lines Received");
    let address = args.address();

    let socket = bind(&address).await.map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    let own = socket.local_addr()?;
    let (stop, mut stopping) = watch::channel(());
    ctrlc::set_handler(move || stop.send_replace(()))?;
    support::announce(&address, own);

    let mut buffer = vec![0; LARGEST_DATAGRAM];
    let mut echoed: u64 = 0;
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buffer) => received,
            _ = stopping.changed() => break,
        };
        match received {
            Ok((_, sender)) if is_service(sender) || is_own(own, sender) => {}
            Ok((count, sender)) => {
                if !quiet {
                    say!("Received {count} bytes from {sender}");
                }
                match socket.send_to(&buffer[..count], sender).await {
                    Ok(_) => echoed += 1,
                    Err(error) => complain!("Cannot answer {sender}: {error}"),
                }
            }
            // On Windows: an earlier echo found nobody.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => {
                complain!("Cannot receive: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    say!("Server stopped: {echoed} datagrams");
    Ok(())
}

async fn bind(address: &Address) -> io::Result<UdpSocket> {
    UdpSocket::bind(address.resolve()?).await
}

/// Another echo service, say: the two would play ping-pong for ever.
fn is_service(sender: SocketAddr) -> bool {
    sender.port() < 1024
}

/// Whether a datagram claims to come from this server. One that listens on every address has all of this machine's,
/// and those are the ones that can be bound.
fn is_own(own: SocketAddr, sender: SocketAddr) -> bool {
    let has = |ip| own.ip() == ip || own.ip().is_unspecified() && std::net::UdpSocket::bind((ip, 0)).is_ok();
    own.port() == sender.port() && has(sender.ip())
}
