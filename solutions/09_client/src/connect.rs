//! Connecting to a server that may have several addresses, or be away.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use support::Address;

/// How long to try, all addresses together.
const TIME: Duration = Duration::from_secs(5);

/// Connects to the server.
pub fn connect(address: &Address) -> Result<TcpStream> {
    reach(address).map_err(|error| anyhow!("cannot connect to {address}: {error}\nIs the server running?"))
}

/// Tries one address after the other: `localhost` may be 127.0.0.1 and also an IPv6 address, and the server
/// listen on only one of them.
fn reach(address: &Address) -> io::Result<TcpStream> {
    let found: Vec<SocketAddr> = (address.host.as_str(), address.port).to_socket_addrs()?.collect();
    let mut failure = io::Error::new(ErrorKind::NotFound, "the host has no address");
    let end = Instant::now() + TIME;
    for (untried, candidate) in (1..=found.len()).rev().zip(&found) {
        // One that doesn't answer leaves time for the others.
        let left = end.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(untried).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(candidate, share) {
            Ok(server) => return Ok(server),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}
