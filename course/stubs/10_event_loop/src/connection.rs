//! One client: its socket, and what it is owed. Nothing here waits: what can't be done now is done in a later turn.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::SocketAddr;

use mio::Interest;
use mio::net::TcpStream;
use support::{note, printable};

/// After so many reads the others have their turn, even if there is more to read.
const READS_PER_TURN: usize = 16;

pub struct Connection {
    pub stream: TcpStream,
    pub peer: SocketAddr,
    /// What the client has sent and not yet taken back. While there is any, nothing more is read from it. So it is never
    /// more than one read, and a client that takes nothing is soon unable to send.
    owed: Vec<u8>,
}

/// How a client's turn ends.
pub enum Turn {
    /// There is no more to do until the system tells of it, as it does anyway.
    Waits,
    /// The system is asked to tell when the client is ready for this, at once if it is so now.
    Watch(Interest),
    /// The client has sent its last byte, and has all that it was owed.
    Left,
}

impl Connection {
    pub fn new(stream: TcpStream, peer: SocketAddr) -> Self {
        Self { stream, peer, owed: Vec::new() }
    }

    /// Writes what is owed, then reads and echoes until nothing is left to read or the client takes no more.
    pub fn turn(&mut self, buffer: &mut [u8], quiet: bool) -> io::Result<Turn> {
        let awaited = self.interest();
        self.settle(quiet)?;
        for _ in 0..READS_PER_TURN {
            if !self.owed.is_empty() {
                return Ok(self.waits(awaited));
            }
            // TODO 4: read, but unless_blocked(). Nothing there: the turn ends with self.waits(awaited). The client's last byte
            // has come: it ends with Turn::Left. Otherwise echo() what was read; the loop goes on.
            todo!("TODO 4: read and echo");
        }
        // There may be more. Asked again, the system tells so at once.
        Ok(Turn::Watch(self.interest()))
    }

    /// What the client has to be ready for before its next turn.
    fn interest(&self) -> Interest {
        // TODO 6: READABLE or WRITABLE, never both. As long as something is owed, nothing more is to be read.
        todo!("TODO 6: what to wait for")
    }

    /// The end of a turn that was begun because the client was ready for `awaited`.
    fn waits(&self, awaited: Interest) -> Turn {
        let interest = self.interest();
        if interest == awaited { Turn::Waits } else { Turn::Watch(interest) }
    }

    /// Writes what has just been read. What the client doesn't take is owed.
    fn echo(&mut self, bytes: &[u8], quiet: bool) -> io::Result<()> {
        if !quiet {
            note!("Received from {}: {}", self.peer, printable(bytes));
        }
        // TODO 5: write() the bytes. It returns how many of them the client took: the rest is owed.
        todo!("TODO 5: write, and keep the rest")
    }

    /// Writes what is owed. When all is taken its memory is given back: an idle client holds none.
    fn settle(&mut self, quiet: bool) -> io::Result<()> {
        let mut owed = mem::take(&mut self.owed);
        let taken = self.write(&owed, quiet)?;
        if taken < owed.len() {
            owed.drain(..taken);
            self.owed = owed;
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

/// Nothing to read, or no room to write, is no error here.
fn unless_blocked(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}
