//! A host and a port, as they stand on the command line.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

/// Where to listen: a host name or an IP address, and a TCP or UDP port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name such as `localhost`, or an IPv4 or IPv6 address without brackets. A link-local address names its interface:
    /// `fe80::1%eth0` (RFC 4007, section 11).
    pub host: String,
    /// 0 to 65535; 0 lets the operating system choose a free one.
    pub port: u16,
}

impl Address {
    /// Looks the host up. An IPv4 address is preferred to an IPv6 one, so that a server on `localhost` is found by a
    /// client of 127.0.0.1 as well as by one that tries both.
    ///
    /// # Errors
    /// The host is unknown, or the operating system's resolver fails.
    pub fn resolve(&self) -> io::Result<SocketAddr> {
        let found: Vec<SocketAddr> = (self.host.as_str(), self.port).to_socket_addrs()?.collect();
        let ipv4 = found.iter().find(|address| address.is_ipv4());
        ipv4.or(found.first())
            .copied()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the host has no address"))
    }
}

/// `localhost:8080`, and `[::1]:8080` for IPv6 (RFC 3986, section 3.2.2).
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        // Neither a name nor an IPv4 address has a colon.
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Where a server that listens on `local` can reach itself: if that is every address (`0.0.0.0` or `::`), on loopback.
pub fn reachable(local: SocketAddr) -> SocketAddr {
    let mut reachable = local;
    match local.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => reachable.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => reachable.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    reachable
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str) -> Address {
        Address { host: host.into(), port: 8080 }
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets() {
        assert_eq!(address("localhost").to_string(), "localhost:8080");
        assert_eq!(address("::1").to_string(), "[::1]:8080");
        assert_eq!(address("fe80::1%eth0").to_string(), "[fe80::1%eth0]:8080");
    }

    #[test]
    fn an_address_resolves_to_itself_and_localhost_to_loopback() {
        assert_eq!(address("::1").resolve().unwrap().to_string(), "[::1]:8080");
        assert!(address("localhost").resolve().unwrap().ip().is_loopback());
    }

    #[test]
    fn a_server_on_every_address_reaches_itself_on_loopback() {
        for (local, reached) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.1:80", "10.0.0.1:80")]
        {
            assert_eq!(reachable(local.parse().unwrap()).to_string(), reached);
        }
    }

    #[test]
    fn a_link_local_address_keeps_its_interface() {
        let local = "[fe80::1%7]:80".parse().unwrap();
        assert_eq!(reachable(local), local);
    }
}
