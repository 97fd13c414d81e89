//! The mode send: a file as one frame to the server of step 08, and back.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use indicatif::ProgressBar;
use support::say;

/// How long nothing at all may move in either direction.
const SILENCE: Duration = Duration::from_secs(10);

/// How much is read at once. Nothing else of a file is ever in memory.
const BUFFER_BYTES: usize = 64 * 1024;

/// A frame begins with the length of its content, 4 bytes with the highest first.
const HEADER_BYTES: u64 = 4;

/// A file that is to be sent.
pub struct Upload {
    path: PathBuf,
    length: u32,
}

impl Upload {
    /// Looks at the file.
    pub fn of(path: &Path) -> Result<Self> {
        let shown = path.display();
        let data = File::open(path).and_then(|file| file.metadata());
        let data = data.with_context(|| format!("cannot read {shown}"))?;
        ensure!(data.is_file(), "cannot send {shown}: it is not a file");
        let length = data.len().try_into().ok();
        let length = length
            .with_context(|| format!("cannot send {shown}: a frame holds at most {} bytes", u32::MAX))?;
        Ok(Self { path: path.to_owned(), length })
    }

    /// Sends the file and compares what comes back, both at once: otherwise a server that echoes while it receives would wait
    /// for the client to read, and the client for the server. Returns whether the two are identical.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn run(&self, server: &TcpStream) -> Result<bool> {
        let total = HEADER_BYTES + u64::from(self.length);
        let (mut sent, mut expected) = (self.frame()?, self.frame()?);
        server.set_read_timeout(Some(SILENCE))?;
        // It counts the bytes of both directions, and shows only on a terminal.
        let bar = ProgressBar::new(2 * total);
        let (sending, comparing) = thread::scope(|threads| {
            let sending = threads.spawn(|| {
                let sending = self.send(&mut sent, server, total, &bar);
                if !matches!(sending, Ok(true)) {
                    let _ = server.shutdown(Shutdown::Both); // no more will come back
                }
                sending
            });
            let comparing = self.compare(server, &mut expected, total, &bar);
            let _ = server.shutdown(Shutdown::Both); // no more need be sent
            (sending.join().expect("it does not panic"), comparing)
        });
        bar.finish_and_clear();
        sending?;
        let (received, difference) = comparing?;
        let verdict = difference.as_deref().unwrap_or("identical");
        say!(
            "Sent {} bytes, received {} bytes: {verdict}",
            self.length,
            received.saturating_sub(HEADER_BYTES)
        );
        Ok(difference.is_none())
    }

    /// The file as a frame, which is read piece by piece.
    fn frame(&self) -> Result<impl Read> {
        // TODO 6: Return a reader of the length in 4 bytes, big-endian, and then of the file, but
        // no more than that length: see Read::take, Read::chain and io::Cursor. An error gets the
        // context self.cannot_read().
        todo!("TODO 6: make the frame") as Result<io::Empty>
    }

    /// Sends a frame of `total` bytes. Returns whether all of them are sent: if not, the connection is lost.
    fn send(
        &self,
        frame: &mut impl Read,
        mut server: &TcpStream,
        total: u64,
        bar: &ProgressBar,
    ) -> Result<bool> {
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut sent = 0;
        while sent < total {
            let piece = &mut buffer[..piece_length(total - sent)];
            self.read(frame, piece)?;
            if server.write_all(piece).is_err() {
                return Ok(false);
            }
            sent += piece.len() as u64;
            bar.inc(piece.len() as u64);
        }
        Ok(true)
    }

    /// Receives a frame of `total` bytes. Returns how many came, up to the first difference, and what differs.
    fn compare(
        &self,
        server: &TcpStream,
        expected: &mut impl Read,
        total: u64,
        bar: &ProgressBar,
    ) -> Result<(u64, Option<String>)> {
        let (mut received, mut wanted) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
        let mut count = 0;
        while count < total {
            let bytes = receive(server, &mut received[..piece_length(total - count)], bar);
            if bytes.is_empty() {
                return Ok((count, Some(format!("{} bytes are missing", total - count.max(HEADER_BYTES)))));
            }
            let wanted = &mut wanted[..bytes.len()];
            self.read(expected, wanted)?;
            if bytes != wanted {
                let same = bytes.iter().zip(&*wanted).take_while(|(a, b)| a == b).count();
                let place = (count + same as u64).checked_sub(HEADER_BYTES);
                let difference = match place {
                    Some(place) => format!("the first difference is at byte {place}, counted from 0"),
                    None => "the frame that comes back has another length".into(),
                };
                return Ok((count + bytes.len() as u64, Some(difference)));
            }
            count += bytes.len() as u64;
        }
        Ok((count, None))
    }

    /// Fills the buffer with what comes next in the frame.
    fn read(&self, frame: &mut impl Read, buffer: &mut [u8]) -> Result<()> {
        match frame.read_exact(buffer) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(anyhow!("{}: it has become shorter", self.cannot_read()))
            }
            result => result.with_context(|| self.cannot_read()),
        }
    }

    fn cannot_read(&self) -> String {
        format!("cannot read {}", self.path.display())
    }
}

/// How much of what is `left` is read or written at once.
fn piece_length(left: u64) -> usize {
    usize::try_from(left).unwrap_or(BUFFER_BYTES).min(BUFFER_BYTES)
}

/// Reads what has come; nothing if nothing more will.
fn receive<'a>(mut server: &TcpStream, buffer: &'a mut [u8], bar: &ProgressBar) -> &'a [u8] {
    loop {
        let moved = bar.position();
        match server.read(buffer) {
            Ok(count) => {
                bar.inc(count as u64);
                return &buffer[..count];
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A server that is still receiving may well send nothing.
            Err(_) if bar.position() > moved => {}
            Err(_) => return &[],
        }
    }
}
