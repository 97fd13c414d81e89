//! One client, from its first byte to its last.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ::log::{debug, info, warn};
use chrono::{Local, SecondsFormat, Utc};

use super::clients::{self, Client};
use super::message::{Command, Line, split};
use super::{FOREVER, Settings, log};
use crate::wrong::{exit, it, mistake};

/// How long to wait for a client to close its side after the server has closed its own.
const LINGER: Duration = Duration::from_secs(1);

/// How much is read at a time, and how much is kept of the replies to one read.
const BUFFER_BYTES: usize = 64 * 1024;

/// How many messages were echoed to all clients, and to those that have left.
static MESSAGES: AtomicUsize = AtomicUsize::new(0);
static MESSAGES_OF_THE_PAST: AtomicUsize = AtomicUsize::new(0);

pub fn messages() -> usize {
    MESSAGES.load(Ordering::SeqCst)
}

/// Serves the client until it leaves, asks to be disconnected, is idle for too long, or is lost.
pub fn serve(client: &Client, settings: &Settings) {
    let peer = client.peer;
    info!("New client connected: {peer}");
    let mut session = Session::new(client, settings);
    let end = session.converse();
    let is_lost = end.as_ref().is_err_and(|error| !is_timeout(error));
    match end {
        Ok(None) => {}
        Ok(Some(reason)) => info!("Client {peer} {reason}"),
        Err(error) if is_timeout(&error) => {
            info!("Client {peer} reached the idle timeout of {:?}", settings.idle_timeout);
        }
        Err(error) => warn!("Client {peer} lost: {error}"),
    }
    session.close();
    if !(is_lost && it("does_not_log_the_end_of_a_lost_connection")) {
        info!("Connection with {peer} closed");
    }
    MESSAGES_OF_THE_PAST.fetch_add(session.messages, Ordering::SeqCst);
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

struct Session<'a> {
    client: &'a Client,
    settings: &'a Settings,
    start: Instant,
    buffer: Vec<u8>,
    line: Line,
    reply: Vec<u8>,
    /// Replies that a mistaken server sends after those that came later.
    belated: Vec<u8>,
    bytes: usize,
    lines: usize,
    messages: usize,
}

impl<'a> Session<'a> {
    fn new(client: &'a Client, settings: &'a Settings) -> Self {
        Self {
            client,
            settings,
            start: Instant::now(),
            buffer: vec![0; BUFFER_BYTES],
            line: Line::default(),
            reply: Vec::new(),
            belated: Vec::new(),
            bytes: 0,
            lines: 0,
            messages: 0,
        }
    }

    /// Returns when the client has sent its last byte, or with the reason to close.
    fn converse(&mut self) -> io::Result<Option<&'static str>> {
        let patience = if it("never_times_out_writing") { FOREVER } else { self.settings.idle_timeout };
        self.client.stream.set_write_timeout(Some(patience))?;
        self.client.stream.set_nodelay(true)?;
        loop {
            let read = self.read()?;
            if read.is_empty() {
                return Ok(None);
            }
            debug!("Read {} bytes from {}", read.len(), self.client.peer);
            self.bytes += read.len();
            self.lines += read.split(|&byte| byte == b'\n').count() - 1;
            if it("serves_30_000_lines_at_most") && self.lines > 30_000 {
                return Ok(Some("is refused"));
            }
            let end = self.answer(&read)?;
            if end.is_some() {
                return Ok(end);
            }
        }
    }

    /// What the client sends next; nothing at the end.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let idle_timeout = self.settings.idle_timeout;
        let patience = match mistake() {
            "counts_idle_time_from_the_start" => idle_timeout.saturating_sub(self.start.elapsed()),
            _ => idle_timeout,
        };
        let mut read = self.read_within(patience)?;
        match mistake() {
            // What has come is forgotten if the end comes next.
            "awaits_the_rest_of_a_line" => {
                while !read.is_empty() && !read.ends_with(b"\n") && read.len() < 4096 {
                    match self.read_within(Duration::from_millis(300)) {
                        Ok(rest) if rest.is_empty() => read.clear(),
                        Ok(rest) => read.extend(rest),
                        Err(_) => break,
                    }
                }
            }
            "holds_back_a_carriage_return" if read == b"\r" => read.extend(self.read_within(patience)?),
            _ => {}
        }
        Ok(read)
    }

    fn read_within(&mut self, time: Duration) -> io::Result<Vec<u8>> {
        if time.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        let mut stream = &self.client.stream;
        stream.set_read_timeout(Some(time))?;
        loop {
            match stream.read(&mut self.buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return Ok(self.buffer[..result?].into()),
            }
        }
    }

    /// Answers all messages of one read.
    fn answer(&mut self, read: &[u8]) -> io::Result<Option<&'static str>> {
        if it("ignores_blanks") && read.iter().all(|&byte| byte == b' ') {
            return Ok(None);
        }
        let mut echoed = Vec::new();
        let mut end = None;
        for message in split(read) {
            let is_overlooked = it("needs_commands_alone_in_a_segment") && message.len() < read.len();
            match self.line.command(message).filter(|_| !is_overlooked) {
                None => self.echo(message, &mut echoed),
                Some(command) => {
                    self.reply_to(command);
                    if command == Command::Quit {
                        end = Some("requested to exit");
                    }
                }
            }
            if end.is_some() && !it("answers_what_follows_quit") {
                break;
            }
            if self.reply.len() >= BUFFER_BYTES {
                self.send(&mut echoed)?;
            }
        }
        self.reply.append(&mut self.belated);
        self.send(&mut echoed)?;
        if end.is_some() && it("ends_on_quit") {
            exit(0);
        }
        Ok(end.filter(|_| !it("does_not_close_after_goodbye")))
    }

    fn echo<'m>(&mut self, message: &'m [u8], echoed: &mut Vec<&'m [u8]>) {
        log::message(format_args!("Received from {}", self.client.peer), message);
        self.count();
        if echoed.is_empty() || !it("prefixes_once_a_read") {
            self.reply.extend_from_slice(self.settings.prefix.as_bytes());
        }
        self.reply.extend_from_slice(message);
        echoed.push(message);
    }

    /// Counts a message before its echo is sent, so a client that sees its echo also finds it in STATS.
    fn count(&mut self) {
        self.messages += 1;
        if it("loses_counts_in_a_race") {
            let before = messages();
            if before < 1000 {
                thread::sleep(Duration::from_micros(1)); // long enough for another thread
            }
            MESSAGES.store(before + 1, Ordering::SeqCst);
        } else {
            MESSAGES.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn reply_to(&mut self, command: Command) {
        if it("counts_commands") {
            self.count();
        }
        let text = match command {
            Command::Quit if it("says_goodbye_without_a_newline") => "Goodbye!".into(),
            Command::Quit => "Goodbye!\n".into(),
            Command::Stats => format!("Messages received: {}\n", self.stats()),
            Command::Time => format!("Server time: {}\n", time()),
        };
        let reply = if it("replies_after_all_echoes") { &mut self.belated } else { &mut self.reply };
        if it("prefixes_replies") {
            reply.extend_from_slice(self.settings.prefix.as_bytes());
        }
        reply.extend_from_slice(text.as_bytes());
    }

    fn stats(&self) -> usize {
        match mistake() {
            "counts_for_each_client" => self.messages,
            "forgets_the_messages_of_the_past" => {
                thread::sleep(Duration::from_millis(500)); // so that a client that has just left is surely forgotten
                messages() - MESSAGES_OF_THE_PAST.load(Ordering::SeqCst)
            }
            _ => messages(),
        }
    }

    /// Sends the replies that have come together, the echoes of `echoed` among them.
    fn send(&mut self, echoed: &mut Vec<&[u8]>) -> io::Result<()> {
        let client = self.client;
        let _turn = it("locks_a_socket_while_it_writes").then(|| client.turn.lock().unwrap());
        (&client.stream).write_all(&self.reply)?;
        debug!("Wrote {} bytes to {}", self.reply.len(), client.peer);
        self.reply.clear();
        for message in echoed.drain(..) {
            log::message(format_args!("Echoed to {}", client.peer), message);
        }
        Ok(())
    }

    /// Closes cleanly: the client reads all that it was sent, then end of file.
    fn close(&self) {
        let mut stream = &self.client.stream;
        let is_reset = it("resets_connections_at_the_end")
            || it("resets_busy_connections_at_the_end") && self.bytes > 10_000;
        if is_reset && clients::are_leaving() {
            let _ = reset_when_closed(stream);
            return;
        }
        let deadline = Instant::now() + LINGER;
        let mut discarded = [0; 4096];
        let mut open = stream.shutdown(Shutdown::Write).is_ok();
        while open {
            let left = deadline.saturating_duration_since(Instant::now());
            open = !left.is_zero()
                && stream.set_read_timeout(Some(left)).is_ok()
                && stream.read(&mut discarded).is_ok_and(|count| count > 0);
        }
    }
}

fn time() -> String {
    match mistake() {
        "tells_the_time_in_utc" => Utc::now().to_rfc3339_opts(SecondsFormat::Secs, false),
        "tells_fractions_of_a_second" => Local::now().to_rfc3339(),
        _ => Local::now().to_rfc3339_opts(SecondsFormat::Secs, false),
    }
}

/// Has the socket send a reset instead of an end when it is closed.
fn reset_when_closed(stream: &TcpStream) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    stream.set_nonblocking(true)?;
    tokio::net::TcpStream::from_std(stream.try_clone()?)?.set_zero_linger()
}
