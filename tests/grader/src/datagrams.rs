//! A client over UDP.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::check::Check;
use crate::diagram::Line;
use crate::excerpt::Excerpt;
use crate::patience;
use crate::report::{Detail, Verdict};
use crate::server::Shared;

/// More than any datagram holds, so that none is cut.
const BUFFER_BYTES: usize = 65_536;

/// Sends a datagram that claims to come from `sender`, over IPv4 and as root.
///
/// # Errors
/// This process may not open a raw socket, or an address is not of IPv4.
#[cfg(target_os = "linux")]
pub fn forge_datagram(sender: SocketAddr, receiver: SocketAddr, bytes: &[u8]) -> io::Result<()> {
    use socket2::{Domain, Protocol, Socket, Type};

    const HEADER_BYTES: u16 = 8;
    let length = HEADER_BYTES + u16::try_from(bytes.len()).map_err(io::Error::other)?;
    let no_checksum = 0u16;
    // The header of RFC 768.
    let header = [sender.port(), receiver.port(), length, no_checksum];
    let datagram: Vec<u8> =
        header.iter().flat_map(|field| field.to_be_bytes()).chain(bytes.iter().copied()).collect();
    let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::UDP))?;
    socket.bind(&SocketAddr::new(sender.ip(), 0).into())?;
    socket.send_to(&datagram, &SocketAddr::new(receiver.ip(), 0).into())?;
    Ok(())
}

/// A socket that sends datagrams to the server under test.
pub struct Datagrams {
    shared: Arc<Shared>,
    number: usize,
    server: SocketAddr,
    socket: UdpSocket,
}

impl Datagrams {
    pub(crate) fn bind(
        shared: &Arc<Shared>,
        server: SocketAddr,
        own: SocketAddr,
        name: &str,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind(own)?;
        let number = shared.conversation.join(name);
        Ok(Self { shared: Arc::clone(shared), number, server, socket })
    }

    /// The sender's own address, as the server sees it.
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    /// Sends one datagram.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.shared.conversation.sent(self.number, Line::Datagram, bytes);
        if let Err(error) = self.socket.send_to(bytes, self.server) {
            self.note(&format!("cannot send: {}", error.kind()));
        }
    }

    /// Whether no datagram has come, from anybody.
    pub fn is_silent(&self) -> bool {
        self.socket.set_nonblocking(true).expect("it is a UDP socket");
        let result = self.socket.peek_from(&mut [0]);
        self.socket.set_nonblocking(false).expect("it is a UDP socket");
        result.is_err()
    }

    /// The next datagram from the server is this one.
    pub fn expect(&mut self, bytes: impl AsRef<[u8]>) -> Check {
        let expected = bytes.as_ref();
        let received = match self.expect_any().into_result() {
            Ok(received) => received,
            Err(mut failure) => {
                failure.detail.expected = Some(Excerpt::start(expected, 64).into());
                return Check::failed(*failure);
            }
        };
        if received == expected {
            return Check::met(());
        }
        let sizes = format!("a datagram of {} bytes, not {}", received.len(), expected.len());
        let detail = Detail::difference(expected, &received).note(sizes);
        Check::failed(self.shared.failure(Verdict::WrongBytes, detail))
    }

    /// A datagram comes from the server; returns what it holds.
    pub fn expect_any(&mut self) -> Check<Vec<u8>> {
        let mut buffer = vec![0; BUFFER_BYTES];
        match self.receive(&mut buffer) {
            Ok(count) => {
                buffer.truncate(count);
                self.shared.conversation.received(self.number, Line::Datagram, &buffer);
                Check::met(buffer)
            }
            Err(error) => {
                self.note(&error);
                let detail = Detail::expected("a datagram").nothing().note(error);
                Check::failed(self.shared.failure(Verdict::Silent, detail))
            }
        }
    }

    fn receive(&self, buffer: &mut [u8]) -> Result<usize, String> {
        let deadline = Instant::now() + patience::event();
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(left)).expect("the time is not 0");
            match self.socket.recv_from(buffer) {
                Ok((count, sender)) if sender == self.server => return Ok(count),
                Ok(_) => {} // somebody else's
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(format!("nothing within {}", patience::told(patience::event())));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn note(&self, text: &str) {
        self.shared.conversation.note(self.number, text);
    }
}
