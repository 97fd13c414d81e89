//! The mode send: a file as one frame to the server of step 08, and back.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use indicatif::ProgressBar;
use support::say;

/// How long nothing at all may move in either direction.
const SILENCE: Duration = Duration::from_secs(10);

/// How much is read at a time. Nothing else of a file is ever in memory.
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
        let unreadable = |error| anyhow!("cannot read {}: {error}", path.display());
        let data = File::open(path).and_then(|file| file.metadata()).map_err(unreadable)?;
        if !data.is_file() {
            return Err(anyhow!("cannot send {}: it is not a file", path.display()));
        }
        let length = data.len().try_into().map_err(|_| {
            anyhow!("cannot send {}: a frame holds at most {} bytes", path.display(), u32::MAX)
        })?;
        Ok(Self { path: path.to_owned(), length })
    }

    /// Sends the file and compares what comes back, both at the same time: a server that echoes while it receives would
    /// otherwise wait for the client to read, and the client for the server. Returns whether the two are identical.
    pub fn run(&self, server: &TcpStream) -> Result<bool> {
        let total = HEADER_BYTES + u64::from(self.length);
        let (mut sent, mut expected) = (self.frame()?, self.frame()?);
        server.set_read_timeout(Some(SILENCE))?;
        // It counts the bytes of both directions, and shows only on a terminal.
        let bar = ProgressBar::new(2 * total);
        let comparing = thread::scope(|threads| {
            threads.spawn(|| {
                if io::copy(&mut bar.wrap_read(&mut sent), &mut { server }).is_err() {
                    let _ = server.shutdown(Shutdown::Both); // no more will come back
                }
            });
            let comparing = compare(server, &mut expected, total, &bar);
            let _ = server.shutdown(Shutdown::Both); // no more need be sent
            comparing
        });
        bar.finish_and_clear();
        let (received, difference) = comparing?;
        let verdict = difference.as_deref().unwrap_or("identical");
        say!(
            "Sent {} bytes, received {} bytes: {verdict}",
            self.length,
            received.saturating_sub(HEADER_BYTES)
        );
        Ok(difference.is_none())
    }

    /// The file as a frame, read bit by bit.
    fn frame(&self) -> io::Result<impl Read> {
        // TODO 6: a reader that gives the length in 4 bytes, big-endian, and then the content of the file, no more than that
        // length: readers have take() and chain(), and a Cursor makes one of bytes.
        todo!("TODO 6: the frame") as io::Result<io::Empty>
    }
}

/// Receives a frame of `total` bytes. Returns how many came, up to the first difference, and what differs.
fn compare(
    server: &TcpStream,
    expected: &mut impl Read,
    total: u64,
    bar: &ProgressBar,
) -> io::Result<(u64, Option<String>)> {
    let (mut received, mut wanted) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
    let mut count = 0;
    while count < total {
        let room = usize::try_from(total - count).unwrap_or(BUFFER_BYTES).min(BUFFER_BYTES);
        let bytes = receive(server, &mut received[..room], bar);
        if bytes.is_empty() {
            return Ok((count, Some(format!("{} bytes are missing", total - count.max(HEADER_BYTES)))));
        }
        let wanted = &mut wanted[..bytes.len()];
        expected.read_exact(wanted)?;
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
            // A server may well be silent while it is still receiving.
            Err(_) if bar.position() > moved => {}
            Err(_) => return &[],
        }
    }
}
