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
        // TODO 1: Try to connect to the candidate: see TcpStream::connect_timeout. It may take its
        // share of the time that is left until `end`, when all untried ones get the same. Return
        // the connection, or keep the error as the failure.
        todo!("TODO 1: try the addresses, one after the other");
    }
    Err(failure)
}
