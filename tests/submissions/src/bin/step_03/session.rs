//! What the two right submissions of step 03 share: what a client is told, worked out without a socket, and the log.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{Local, SecondsFormat};
use support::printable;

/// A line that came in pieces is not looked at as a whole if it is longer.
const LONGEST_LINE: usize = 256;

/// Sends the log to standard error. `RUST_LOG` sets the level.
pub fn init_log() {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info"))
        .format(|line, record| {
            let now = Local::now().format("%Y-%m-%d %H:%M:%S");
            writeln!(line, "{now} - {} - {}", record.level(), record.args())
        })
        .init();
}

/// What a client has said that still matters.
pub struct Session<'a> {
    pub peer: SocketAddr,
    pub prefix: &'a str,
    /// How many messages were echoed to all clients.
    pub messages: &'a AtomicU64,
    line: Vec<u8>,
    /// A piece of the line was a command, and has its answer.
    answered: bool,
}

/// What a client is owed for one read.
pub struct Answer {
    pub bytes: Vec<u8>,
    /// The messages in it that were echoed, as the log shows them if it does.
    pub echoed: Vec<String>,
    pub quit: bool,
}

enum Command {
    Quit,
    Stats,
    Time,
}

impl<'a> Session<'a> {
    pub fn new(peer: SocketAddr, prefix: &'a str, messages: &'a AtomicU64) -> Self {
        Self { peer, prefix, messages, line: Vec::new(), answered: false }
    }

    pub fn answer(&mut self, read: &[u8]) -> Answer {
        log::debug!("Read {} bytes from {}", read.len(), self.peer);
        let mut answer = Answer { bytes: Vec::new(), echoed: Vec::new(), quit: false };
        for message in read.split_inclusive(|&byte| byte == b'\n') {
            match self.command(message) {
                Some(Command::Quit) => {
                    answer.bytes.extend(b"Goodbye!\n");
                    answer.quit = true;
                    break;
                }
                Some(Command::Stats) => {
                    let reply = format!("Messages received: {}\n", self.messages.load(Ordering::Relaxed));
                    answer.bytes.extend(reply.as_bytes());
                }
                Some(Command::Time) => {
                    let now = Local::now().to_rfc3339_opts(SecondsFormat::Secs, false);
                    answer.bytes.extend(format!("Server time: {now}\n").as_bytes());
                }
                None => self.echo(message, &mut answer),
            }
        }
        answer
    }

    fn echo(&self, message: &[u8], answer: &mut Answer) {
        self.messages.fetch_add(1, Ordering::Relaxed);
        answer.bytes.extend(self.prefix.as_bytes());
        answer.bytes.extend(message);
        if log::log_enabled!(log::Level::Info) {
            let shown = printable(message).to_string();
            log::info!("Received from {}: '{shown}'", self.peer);
            answer.echoed.push(shown);
        }
    }

    /// The command that this piece of a line is, or that the line is which it ends.
    fn command(&mut self, piece: &[u8]) -> Option<Command> {
        let room = LONGEST_LINE + 1 - self.line.len();
        self.line.extend(piece.iter().take(room));
        let mut command = Command::of(piece);
        if !piece.ends_with(b"\n") {
            self.answered |= command.is_some();
            return command;
        }
        if command.is_none() && !self.answered && self.line.len() <= LONGEST_LINE {
            command = Command::of(&self.line);
        }
        self.line.clear();
        self.answered = false;
        command
    }
}

impl Command {
    fn of(text: &[u8]) -> Option<Self> {
        match text.trim_ascii().to_ascii_uppercase().as_slice() {
            b"QUIT" | b"EXIT" => Some(Self::Quit),
            b"STATS" => Some(Self::Stats),
            b"TIME" => Some(Self::Time),
            _ => None,
        }
    }
}
