//! One client, from its first byte to its last.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use support::printable;

use crate::{Framing, Message, Outcome, Reason, Responder};

/// The size of a read, at first. A read that fills the buffer is followed by a larger one, so a client that sends much costs
/// few system calls, and one that sends little costs little memory.
const FIRST_READ: usize = 4 * 1024;
const LARGEST_READ: usize = 32 * 1024;

/// Replies are sent together, but no more of them than this is kept: a short command may have a long answer.
const REPLY_BYTES: usize = 64 * 1024;

/// How long to wait for a client to close its side after the server has closed its own.
const LINGER: Duration = Duration::from_secs(1);

/// The error of a read or write whose timeout is over. On Unix, `TimedOut` is something else: a peer that has vanished, and
/// that the kernel has given up (socket(7), tcp(7)).
const TIMEOUT: ErrorKind = if cfg!(windows) { ErrorKind::TimedOut } else { ErrorKind::WouldBlock };

/// A connected client and what it still has to be sent.
pub struct Connection<'a, R> {
    stream: &'a TcpStream,
    peer: SocketAddr,
    responder: R,
    idle_timeout: Duration,
    /// The timeout that the socket has now; 0 before it has one.
    timeout: Duration,
    reply: Vec<u8>,
}

/// How a conversation ends, unless the client ends it in order.
enum End {
    Closed(Reason),
    Lost(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}

impl<'a, R: Responder> Connection<'a, R> {
    pub fn new(stream: &'a TcpStream, peer: SocketAddr, responder: R, idle_timeout: Duration) -> Self {
        Self { stream, peer, responder, idle_timeout, timeout: Duration::ZERO, reply: Vec::new() }
    }

    /// Serves the client until it leaves, asks to be disconnected, runs out of time, or is lost.
    pub fn serve(mut self, framing: impl Framing) {
        let peer = self.peer;
        log::info!("New client connected: {peer}");
        match self.converse(framing) {
            Ok(()) => {}
            Err(End::Closed(reason)) => log::info!("Client {peer} {reason}"),
            Err(End::Lost(error)) => log::warn!("Client {peer} lost: {error}"),
        }
        close(self.stream);
        log::info!("Connection with {peer} closed");
    }

    /// Answers what the client sends, until it has sent its last byte.
    fn converse(&mut self, mut framing: impl Framing) -> Result<(), End> {
        self.stream.set_nodelay(true)?; // send each reply immediately, even while an earlier one is on its way (RFC 896)
        let mut buffer = vec![0; FIRST_READ];
        loop {
            let count = self.in_time(|mut stream| stream.read(&mut buffer))?;
            if count == 0 {
                return framing.cut_off().map_or(Ok(()), |reason| Err(End::Closed(reason)));
            }
            log::debug!("Read {count} bytes from {}", self.peer);
            self.answer(framing.split(&buffer[..count]))?;
            if let Some(reason) = framing.refusal() {
                return Err(End::Closed(reason));
            }
            if count == buffer.len() && count < LARGEST_READ {
                buffer.resize(2 * count, 0);
            }
        }
    }

    /// Reads or writes, unless the client lets its time pass.
    fn in_time(&mut self, mut transfer: impl FnMut(&TcpStream) -> io::Result<usize>) -> Result<usize, End> {
        loop {
            let reason = self.set_timeout()?;
            match transfer(self.stream) {
                // A pause of the process (Ctrl+Z and fg) interrupts a call that has a timeout (signal(7)).
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == TIMEOUT => return Err(End::Closed(reason)),
                result => return Ok(result?),
            }
        }
    }

    /// Sets how long the next read or write may take: the idle timeout, or less if the responder has a deadline before. Returns
    /// which of the two that is: the reason to close if it takes longer.
    fn set_timeout(&mut self) -> Result<Reason, End> {
        let mut timeout = self.idle_timeout;
        let mut reason = Reason::IdleTimeout(timeout);
        if let Some(deadline) = self.responder.deadline() {
            let left = deadline.at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(End::Closed(deadline.reason));
            }
            if left < timeout {
                (timeout, reason) = (left, deadline.reason);
            }
        }
        if timeout != self.timeout {
            // TODO 2: Let each read and each write of the stream take no longer than `timeout`: see
            // TcpStream::set_read_timeout. in_time() recognizes the error that they fail with then.
            todo!("TODO 2: set the timeouts of the socket");
            self.timeout = timeout;
        }
        Ok(reason)
    }

    /// Answers all messages of one read.
    fn answer<'m>(&mut self, messages: impl Iterator<Item = Message<'m>>) -> Result<(), End> {
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
                    return Err(End::Closed(reason));
                }
            }
            if self.reply.len() >= REPLY_BYTES {
                self.send(&mut echoed)?;
            }
        }
        self.send(&mut echoed)
    }

    /// Sends the replies that have come together, the echoes of `echoed` among them.
    fn send(&mut self, echoed: &mut Vec<Cow<[u8]>>) -> Result<(), End> {
        let reply = std::mem::take(&mut self.reply);
        let mut sent = 0;
        while sent < reply.len() {
            sent += self.in_time(|mut stream| stream.write(&reply[sent..]))?;
        }
        log::debug!("Wrote {sent} bytes to {}", self.peer);
        self.reply = reply;
        self.reply.clear();
        self.reply.shrink_to(REPLY_BYTES); // one long answer is no reason to keep as much memory forever
        for bytes in echoed.drain(..) {
            log::info!("Echoed to {}: '{}'", self.peer, printable(&bytes));
        }
        Ok(())
    }
}

/// Closes cleanly: the client reads all that it was sent, then end of file. Closing the socket while there is input left to
/// read would reset the connection, and the last reply might be lost on its way (RFC 1122, section 4.2.2.13).
fn close(mut stream: &TcpStream) {
    // TODO 5: Shut down writing. Then read, and discard, until the client has closed its side too,
    // a read fails, or LINGER is over: no client may keep the server waiting by sending on. Repeat
    // a read that was interrupted. See TcpStream::shutdown.
    todo!("TODO 5: close cleanly");
}
