//! One client, from its first byte to its last.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use support::printable;

use crate::{Framing, Message, Outcome, Responder};

/// How much is read at a time, at first. Reads that fill the buffer are followed by larger ones: who sends much is served with
/// few system calls, and who says little needs little memory.
const FIRST_READ: usize = 4 * 1024;
const LARGEST_READ: usize = 32 * 1024;

/// Replies are sent together, but no more of them than this is kept: a short command may have a long answer.
const REPLY_BYTES: usize = 64 * 1024;

/// How long to wait for a client to close its side after the server has closed its own.
const LINGER: Duration = Duration::from_secs(1);

/// A connected client and what it is owed.
pub struct Connection<'a, R> {
    stream: &'a TcpStream,
    peer: SocketAddr,
    responder: R,
    idle_timeout: Duration,
    /// How long a read or a write may take, as the socket was told; 0 if it wasn't yet.
    timeout: Duration,
    reply: Vec<u8>,
}

impl<'a, R: Responder> Connection<'a, R> {
    pub fn new(stream: &'a TcpStream, peer: SocketAddr, responder: R, idle_timeout: Duration) -> Self {
        Self { stream, peer, responder, idle_timeout, timeout: Duration::ZERO, reply: Vec::new() }
    }

    /// Serves the client until it leaves, asks to be disconnected, has used up its time, or is lost.
    pub fn serve(mut self, framing: impl Framing) {
        let peer = self.peer;
        log::info!("New client connected: {peer}");
        match self.converse(framing) {
            Ok(None) => {}
            Ok(Some(reason)) => log::info!("Client {peer} {reason}"),
            Err(error) if is_timeout(&error) => match self.responder.deadline() {
                Some(deadline) if self.timeout < self.idle_timeout => {
                    log::info!("Client {peer} {}", deadline.reason);
                }
                _ => log::info!("Client {peer} reached the idle timeout of {:?}", self.idle_timeout),
            },
            Err(error) => log::warn!("Client {peer} lost: {error}"),
        }
        close(self.stream);
        log::info!("Connection with {peer} closed");
    }

    /// Returns when the client has sent its last byte, or with the reason to close.
    fn converse(&mut self, mut framing: impl Framing) -> io::Result<Option<&'static str>> {
        self.stream.set_nodelay(true)?; // send each reply at once, also the second half of a long one (RFC 896)
        let mut buffer = vec![0; FIRST_READ];
        loop {
            self.set_timeouts()?;
            let count = match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(framing.cut_off()),
                Ok(count) => count,
                // A read with a timeout is interrupted by a pause of the process (Ctrl+Z and fg; signal(7)).
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            log::debug!("Read {count} bytes from {}", self.peer);
            let close = self.answer(framing.split(&buffer[..count]))?.or(framing.refusal());
            if close.is_some() {
                return Ok(close);
            }
            if count == buffer.len() && count < LARGEST_READ {
                buffer.resize(2 * count, 0);
            }
        }
    }

    /// Sets how long the next read or write may take: the idle timeout, or less if the responder has a deadline.
    fn set_timeouts(&mut self) -> io::Result<()> {
        let deadline = self.responder.deadline();
        let left = deadline.map(|deadline| deadline.at.saturating_duration_since(Instant::now()));
        let timeout = left.unwrap_or(self.idle_timeout).min(self.idle_timeout);
        if timeout != self.timeout || timeout.is_zero() {
            self.timeout = timeout;
            if timeout.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            // TODO 2: let a read and a write of the stream each take no longer than this. What they fail with then is told by
            // is_timeout() below.
            todo!("TODO 2: set the timeouts of the socket");
        }
        Ok(())
    }

    /// Answers all messages of one read.
    fn answer<'m>(
        &mut self,
        messages: impl Iterator<Item = Message<'m>>,
    ) -> io::Result<Option<&'static str>> {
        let mut echoed = Vec::new();
        for message in messages {
            match self.responder.respond(&message, &mut self.reply) {
                Outcome::Echoed => {
                    log::info!("Received from {}: '{}'", self.peer, printable(&message.bytes));
                    echoed.push(message.bytes);
                }
                Outcome::Answered => {}
                Outcome::Close(reason) => {
                    self.send(&mut echoed)?;
                    return Ok(Some(reason));
                }
            }
            if self.reply.len() >= REPLY_BYTES {
                self.send(&mut echoed)?;
            }
        }
        self.send(&mut echoed)?;
        Ok(None)
    }

    /// Sends the replies that have come together, the echoes of `echoed` among them.
    fn send(&mut self, echoed: &mut Vec<Cow<[u8]>>) -> io::Result<()> {
        self.stream.write_all(&self.reply)?;
        log::debug!("Wrote {} bytes to {}", self.reply.len(), self.peer);
        self.reply.clear();
        self.reply.shrink_to(REPLY_BYTES); // one long answer is no reason to keep as much for ever
        for bytes in echoed.drain(..) {
            log::info!("Echoed to {}: '{}'", self.peer, printable(&bytes));
        }
        Ok(())
    }
}

/// A read or write that took too long: Unix calls it `WouldBlock`, Windows `TimedOut`.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Closes in order: the client reads all that it was sent, then end of file. To close while there is input left to read
/// would reset the connection and might destroy the last reply on its way (RFC 1122, section 4.2.2.13).
fn close(mut stream: &TcpStream) {
    // TODO 5: shut down writing. Then read, and discard, until the client has closed its side too, a read fails, or LINGER
    // is over: no client may keep the server waiting for longer by sending on.
    todo!("TODO 5: close in order");
}
