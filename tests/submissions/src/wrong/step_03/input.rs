//! Reading from a client, for no longer than it may be idle.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::Fault;
use super::server::Server;

/// For a timeout that is never to come.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

pub struct Input<'a> {
    server: &'a Server,
    stream: &'a TcpStream,
    /// When the idle time began.
    idle_since: Instant,
    has_spoken: bool,
    /// Bytes that were read and are answered later.
    held_back: Vec<u8>,
}

impl<'a> Input<'a> {
    pub fn new(server: &'a Server, stream: &'a TcpStream) -> Self {
        Self { server, stream, idle_since: Instant::now(), has_spoken: false, held_back: Vec::new() }
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
        if fault.is("takes_the_end_for_a_pause") {
            self.read_on_after_the_end(buffer)?;
        }
        if fault.is("awaits_the_rest_of_a_line") {
            self.await_the_rest(buffer)?;
        }
        if fault.is("needs_a_newline") {
            self.await_a_newline(buffer)?;
        }
        if fault.is("holds_back_a_carriage_return") {
            self.hold_back_a_carriage_return(buffer)?;
        }
        Ok(())
    }

    fn read_more(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        let mut bytes = [0; 4096];
        self.stream.set_read_timeout(Some(self.patience()?))?;
        let count = loop {
            match self.stream.read(&mut bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        let read = &bytes[..count];
        buffer.extend_from_slice(read);
        self.has_spoken = true;
        let renews = match self.server.fault {
            Fault("counts_idle_time_from_the_start") => false,
            Fault("counts_idle_time_between_lines") => read.contains(&b'\n'),
            _ => true,
        };
        if renews {
            self.idle_since = Instant::now();
        }
        Ok(count)
    }

    /// How long the next read may take.
    fn patience(&self) -> io::Result<Duration> {
        let timeout = self.server.settings.idle_timeout;
        match self.server.fault {
            Fault("ignores_the_idle_timeout" | "never_times_out_reading") => Ok(FOR_EVER),
            Fault("counts_idle_time_from_the_first_byte") if !self.has_spoken => Ok(FOR_EVER),
            Fault("counts_idle_time_from_the_start" | "counts_idle_time_between_lines") => {
                let left = timeout.saturating_sub(self.idle_since.elapsed());
                if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
            }
            Fault("times_out_too_early") => Ok(timeout.mul_f64(0.6)),
            _ => Ok(timeout),
        }
    }

    /// Asks again and again after the end of file, as if more could come.
    fn read_on_after_the_end(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        while buffer.is_empty() && !self.server.clients.is_stopping() {
            thread::sleep(Duration::from_millis(20));
            self.read_more(buffer)?;
        }
        Ok(())
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

    /// Reads until there is a whole line; what follows the last newline waits for its own. At the end all is given out.
    fn await_a_newline(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let mut at_the_end = buffer.is_empty();
        while !at_the_end && !buffer.contains(&b'\n') {
            self.held_back.append(buffer);
            at_the_end = self.read_more(buffer)? == 0;
        }
        let rest = buffer.iter().rposition(|&byte| byte == b'\n').map_or(buffer.len(), |newline| newline + 1);
        let rest = buffer.split_off(rest);
        buffer.splice(..0, std::mem::replace(&mut self.held_back, rest));
        Ok(())
    }

    /// Waits for the next byte to see whether it is a newline.
    fn hold_back_a_carriage_return(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        while *buffer == b"\r" {
            self.held_back.append(buffer);
            if self.read_more(buffer)? == 0 {
                break;
            }
        }
        buffer.splice(..0, self.held_back.drain(..));
        Ok(())
    }
}
