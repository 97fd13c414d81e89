//! A host and a port, as they stand on the command line.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

/// Where to listen: a host name or an IP address, and a TCP or UDP port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name such as `localhost`, or an IPv4 or IPv6 address without brackets.
    pub host: String,
    /// 0 to 65535; 0 lets the system choose a free one.
    pub port: u16,
}

impl Address {
    /// Looks the host up. An IPv4 address is preferred to an IPv6 one: then a server on `localhost` is found by a
    /// client of 127.0.0.1 as well as by one that tries both.
    ///
    /// # Errors
    /// The host is unknown, or the system's resolver fails.
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
        if host.parse::<Ipv6Addr>().is_ok() {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

/// Where a server can reach itself: one that listens on every address (`0.0.0.0` or `::`) does so on loopback.
pub fn reachable(own: SocketAddr) -> SocketAddr {
    let ip = match own.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, own.port())
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
    }

    #[test]
    fn an_address_resolves_to_itself_and_localhost_to_loopback() {
        assert_eq!(address("::1").resolve().unwrap().to_string(), "[::1]:8080");
        assert!(address("localhost").resolve().unwrap().ip().is_loopback());
    }

    #[test]
    fn a_server_on_every_address_reaches_itself_on_loopback() {
        for (own, reached) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.1:80", "10.0.0.1:80")]
        {
            assert_eq!(reachable(own.parse().unwrap()).to_string(), reached);
        }
    }
}
