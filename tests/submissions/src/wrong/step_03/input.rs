//! Reading from a client, for no longer than it may be idle.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::Fault;
use super::server::Server;

/// For a timeout that is never to come.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// How much is read at a time.
const READ_BYTES: usize = 64 * 1024;

pub struct Input<'a> {
    server: &'a Server,
    stream: &'a TcpStream,
    start: Instant,
    bytes: Vec<u8>,
}

impl<'a> Input<'a> {
    pub fn new(server: &'a Server, stream: &'a TcpStream) -> Self {
        Self { server, stream, start: Instant::now(), bytes: vec![0; READ_BYTES] }
    }

    /// Sets the time that one write may take. Reading has its own, see [`Input::patience`].
    pub fn set_write_timeout(&self) -> io::Result<()> {
        let time = match self.server.fault {
            Fault("ignores_the_idle_timeout" | "never_times_out_writing") => FOR_EVER,
            _ => self.server.settings.idle_timeout,
        };
        self.stream.set_write_timeout(Some(time))
    }

    /// The next bytes, none at the end.
    pub fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let fault = self.server.fault;
        buffer.clear();
        self.read_more(buffer)?;
        if fault.is("awaits_the_rest_of_a_line") {
            self.await_the_rest(buffer)?;
        }
        if fault.is("holds_back_a_carriage_return") {
            self.hold_back_a_carriage_return(buffer)?;
        }
        Ok(())
    }

    fn read_more(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.stream.set_read_timeout(Some(self.patience()?))?;
        let count = loop {
            match self.stream.read(&mut self.bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        buffer.extend_from_slice(&self.bytes[..count]);
        Ok(())
    }

    /// How long the next read may take.
    fn patience(&self) -> io::Result<Duration> {
        let timeout = self.server.settings.idle_timeout;
        match self.server.fault {
            Fault("ignores_the_idle_timeout") => Ok(FOR_EVER),
            Fault("counts_idle_time_from_the_start") => {
                let left = timeout.saturating_sub(self.start.elapsed());
                if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
            }
            Fault("times_out_too_early") => Ok(timeout.mul_f64(0.6)),
            _ => Ok(timeout),
        }
    }

    /// Gives the rest of a line 0.3 seconds to come. What has come is forgotten if it is the end that comes.
    fn await_the_rest(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let mut bytes = [0; 4096];
        self.stream.set_read_timeout(Some(Duration::from_millis(300)))?;
        while !buffer.is_empty() && !buffer.ends_with(b"\n") && buffer.len() < bytes.len() {
            match self.stream.read(&mut bytes) {
                Ok(0) => buffer.clear(),
                Ok(count) => buffer.extend_from_slice(&bytes[..count]),
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Waits for the next byte to see whether it is a newline.
    fn hold_back_a_carriage_return(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let mut held_back = Vec::new();
        while *buffer == b"\r" {
            held_back.append(buffer);
            self.read_more(buffer)?;
        }
        buffer.splice(..0, held_back);
        Ok(())
    }
}
