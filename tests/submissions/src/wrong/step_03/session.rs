//! One client, from its first byte to its last.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{Local, SecondsFormat, Utc};

use super::Fault;
use super::input::Input;
use super::messages::{Command, Line, messages};
use super::server::{Client, Server};
use super::shutdown;

/// How long to wait for a client to close its side after the server has closed its own.
const LINGER: Duration = Duration::from_secs(1);

/// How much is kept of the replies to one read.
const REPLY_BYTES: usize = 64 * 1024;

pub struct Session<'a> {
    server: &'a Server,
    fault: Fault,
    client: &'a Client<'a>,
    line: Line,
    reply: Vec<u8>,
    /// Replies that a mistaken server sends after those that came later.
    belated: Vec<u8>,
    bytes: usize,
    lines: usize,
    messages: usize,
}

impl<'a> Session<'a> {
    pub fn new(server: &'a Server, client: &'a Client<'a>) -> Self {
        let fault = server.fault;
        Self {
            server,
            fault,
            client,
            line: Line::default(),
            reply: Vec::new(),
            belated: Vec::new(),
            bytes: 0,
            lines: 0,
            messages: 0,
        }
    }

    /// Serves the client until it leaves, asks to be disconnected, is idle for too long, or is lost.
    pub fn serve(mut self) {
        let (log, peer) = (&self.server.log, self.client.peer);
        log.info(format_args!("New client connected: {peer}"));
        let end = self.converse();
        let is_lost = end.as_ref().is_err_and(|error| !is_timeout(error));
        match &end {
            Ok(None) => {}
            Ok(Some(reason)) => log.info(format_args!("Client {peer} {reason}")),
            Err(error) if is_timeout(error) => self.say_idle(),
            Err(error) => log.warn(format_args!("Client {peer} lost: {error}")),
        }
        self.close();
        if !(is_lost && self.fault.is("does_not_log_the_end_of_a_lost_connection")) {
            log.info(format_args!("Connection with {peer} closed"));
        }
        self.server.messages_of_the_past.fetch_add(self.messages, Ordering::SeqCst);
    }

    fn say_idle(&self) {
        let Server { log, settings, .. } = self.server;
        log.info(format_args!(
            "Client {} reached the idle timeout of {:?}",
            self.client.peer, settings.idle_timeout
        ));
    }

    /// Returns when the client has sent its last byte, or with the reason to close.
    fn converse(&mut self) -> io::Result<Option<&'static str>> {
        let mut input = Input::new(self.server, &self.client.stream);
        input.set_write_timeout()?;
        self.client.stream.set_nodelay(true)?;
        let mut read = Vec::new();
        loop {
            input.read(&mut read)?;
            if read.is_empty() {
                return Ok(None);
            }
            self.server.log.debug(format_args!("Read {} bytes from {}", read.len(), self.client.peer));
            self.bytes += read.len();
            if self.fault.is("serves_30_000_lines_at_most") {
                self.lines += read.split(|&byte| byte == b'\n').count() - 1;
                if self.lines > 30_000 {
                    return Ok(Some("is refused"));
                }
            }
            let end = self.answer(&read)?;
            if end.is_some() {
                return Ok(end);
            }
        }
    }

    /// Answers all messages of one read.
    fn answer(&mut self, read: &[u8]) -> io::Result<Option<&'static str>> {
        if self.fault.is("ignores_blanks") && read.iter().all(|&byte| byte == b' ') {
            return Ok(None);
        }
        let mut echoed = Vec::new();
        let mut end = None;
        for message in messages(self.fault, read) {
            let is_alone = message.len() == read.len();
            let command = self.line.command(self.fault, message);
            match command.filter(|_| is_alone || !self.fault.is("needs_commands_alone_in_a_segment")) {
                None => self.echo(message, &mut echoed),
                Some(Command::Quit) => {
                    self.reply_to(Command::Quit);
                    end = Some("requested to exit");
                    if !self.fault.is("answers_what_follows_quit") {
                        break;
                    }
                }
                Some(command) => self.reply_to(command),
            }
            if self.reply.len() >= REPLY_BYTES {
                self.send(&mut echoed)?;
            }
        }
        self.reply.append(&mut self.belated);
        self.send(&mut echoed)?;
        if end.is_some() && self.fault.is("ends_on_quit") {
            process::exit(0);
        }
        Ok(end.filter(|_| !self.fault.is("does_not_close_after_goodbye")))
    }

    fn echo<'m>(&mut self, message: &'m [u8], echoed: &mut Vec<&'m [u8]>) {
        self.server.log.message("Received from", self.client.peer, message);
        self.count();
        if echoed.is_empty() || !self.fault.is("prefixes_once_a_read") {
            self.reply.extend_from_slice(self.server.settings.prefix.as_bytes());
        }
        self.reply.extend_from_slice(message);
        echoed.push(message);
    }

    /// Counts a message, before its echo is sent: whoever has seen the echo finds it in STATS.
    fn count(&mut self) {
        self.messages += 1;
        let all = &self.server.messages;
        match self.fault {
            Fault("loses_counts_in_a_race") => {
                let before = all.load(Ordering::SeqCst);
                if before < 1000 {
                    thread::sleep(Duration::from_micros(1)); // long enough for another thread
                }
                all.store(before + 1, Ordering::SeqCst);
            }
            _ => {
                all.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    fn reply_to(&mut self, command: Command) {
        if self.fault.is("counts_commands") {
            self.count();
        }
        let text = match command {
            Command::Quit if self.fault.is("says_goodbye_without_a_newline") => "Goodbye!".into(),
            Command::Quit => "Goodbye!\n".into(),
            Command::Stats => format!("Messages received: {}\n", self.stats()),
            Command::Time => format!("Server time: {}\n", self.time()),
        };
        let reply = match self.fault {
            Fault("replies_after_all_echoes") => &mut self.belated,
            _ => &mut self.reply,
        };
        if self.fault.is("prefixes_replies") {
            reply.extend_from_slice(self.server.settings.prefix.as_bytes());
        }
        reply.extend_from_slice(text.as_bytes());
    }

    fn stats(&self) -> usize {
        let all = self.server.messages.load(Ordering::SeqCst);
        match self.fault {
            Fault("counts_for_each_client") => self.messages,
            Fault("forgets_the_messages_of_the_past") => {
                thread::sleep(Duration::from_millis(500)); // so that who has just left is surely forgotten
                all - self.server.messages_of_the_past.load(Ordering::SeqCst)
            }
            _ => all,
        }
    }

    fn time(&self) -> String {
        match self.fault {
            Fault("tells_the_time_in_utc") => Utc::now().to_rfc3339_opts(SecondsFormat::Secs, false),
            Fault("tells_fractions_of_a_second") => Local::now().to_rfc3339(),
            _ => Local::now().to_rfc3339_opts(SecondsFormat::Secs, false),
        }
    }

    /// Sends the replies that have come together, the echoes of `echoed` among them.
    fn send(&mut self, echoed: &mut Vec<&[u8]>) -> io::Result<()> {
        let client = self.client;
        let _turn = self.fault.is("locks_a_socket_while_it_writes").then(|| client.turn.lock().unwrap());
        (&*client.stream).write_all(&self.reply)?;
        self.server.log.debug(format_args!("Wrote {} bytes to {}", self.reply.len(), self.client.peer));
        self.reply.clear();
        for message in echoed.drain(..) {
            self.server.log.message("Echoed to", self.client.peer, message);
        }
        Ok(())
    }

    /// Closes in order: the client reads all that it was sent, then end of file.
    fn close(&self) {
        let mut stream: &TcpStream = &self.client.stream;
        let is_reset = match self.fault {
            Fault("resets_connections_at_the_end") => true,
            Fault("resets_busy_connections_at_the_end") => self.bytes > 10_000,
            _ => false,
        };
        if is_reset && self.server.clients.is_stopping() {
            let _ = shutdown::reset_when_closed(stream);
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

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
