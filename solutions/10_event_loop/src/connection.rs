//! One client: its socket, and what it still has to be sent. Nothing here waits: what can't be done now is done in a later turn.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::SocketAddr;

use mio::Interest;
use mio::net::TcpStream;
use support::{note, printable};

/// After this many reads the other clients have their turn, even if there is more to read.
const READS_PER_TURN: usize = 16;

pub struct Connection {
    pub stream: TcpStream,
    pub peer: SocketAddr,
    /// What was read from the client and not yet sent back. While there is any, nothing more is read: this is never more than
    /// one read, and TCP soon stops a client that reads nothing from sending more (back-pressure).
    unsent: Vec<u8>,
}

/// How a client's turn ends.
pub enum Turn {
    /// There is no more to do until the next event, which comes anyway.
    Waits,
    /// The kernel has to report when the client is ready for this, immediately if it already is.
    Watch(Interest),
    /// The client has sent its last byte, and everything was sent back.
    Left,
}

impl Connection {
    pub fn new(stream: TcpStream, peer: SocketAddr) -> Self {
        Self { stream, peer, unsent: Vec::new() }
    }

    /// Writes what is unsent, then reads and echoes until nothing is left to read or the client takes no more.
    pub fn turn(&mut self, buffer: &mut [u8], quiet: bool) -> io::Result<Turn> {
        let awaited = self.interest();
        self.flush(quiet)?;
        for _ in 0..READS_PER_TURN {
            if !self.unsent.is_empty() {
                return Ok(self.waits(awaited));
            }
            let Some(count) = unless_blocked(self.stream.read(buffer))? else {
                return Ok(self.waits(awaited));
            };
            if count == 0 {
                return Ok(Turn::Left);
            }
            self.echo(&buffer[..count], quiet)?;
        }
        // There may be more. Asked again, the kernel reports that immediately.
        Ok(Turn::Watch(self.interest()))
    }

    /// What the client has to be ready for before its next turn.
    fn interest(&self) -> Interest {
        if self.unsent.is_empty() { Interest::READABLE } else { Interest::WRITABLE }
    }

    /// The end of a turn that was begun because the client was ready for `awaited`.
    fn waits(&self, awaited: Interest) -> Turn {
        let interest = self.interest();
        if interest == awaited { Turn::Waits } else { Turn::Watch(interest) }
    }

    /// Writes what has just been read, and keeps what the client doesn't take.
    fn echo(&mut self, bytes: &[u8], quiet: bool) -> io::Result<()> {
        if !quiet {
            note!("Received from {}: {}", self.peer, printable(bytes));
        }
        let taken = self.write(bytes, quiet)?;
        self.unsent.extend_from_slice(&bytes[taken..]);
        Ok(())
    }

    /// Writes what is unsent. Once all of it is taken, its memory is freed: an idle client holds none.
    fn flush(&mut self, quiet: bool) -> io::Result<()> {
        let mut unsent = mem::take(&mut self.unsent);
        let taken = self.write(&unsent, quiet)?;
        if taken < unsent.len() {
            unsent.drain(..taken);
            self.unsent = unsent;
        }
        Ok(())
    }

    /// Writes until all is taken or the client takes no more, and returns how much it took.
    fn write(&mut self, bytes: &[u8], quiet: bool) -> io::Result<usize> {
        let mut taken = 0;
        while taken < bytes.len() {
            let Some(count) = unless_blocked(self.stream.write(&bytes[taken..]))? else { break };
            taken += count;
        }
        if !quiet && taken > 0 {
            note!("Echoed to {}: {}", self.peer, printable(&bytes[..taken]));
        }
        Ok(taken)
    }
}

/// Nothing to read, or no room to write, is not an error here; it means "not now".
fn unless_blocked(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}
