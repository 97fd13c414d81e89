//! What a client is answered, as a function of what it sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{Local, SecondsFormat};

use crate::{Message, Reason};

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was echoed.
    Echoed,
    /// It was a command, or was refused, and has its answer.
    Answered,
    /// The connection is to be closed once the answer is sent.
    Close(Reason),
}

/// Answers the messages of one client. A responder may wrap another and handle a message itself or pass it on.
pub trait Responder {
    /// Appends the answer to `message` to `reply`.
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome;

    /// When the client is disconnected, if it has only so much time for what it has to do. The engine asks before each read
    /// and each write.
    fn deadline(&self) -> Option<Deadline> {
        None
    }
}

/// When a connection is closed, whatever its client does.
pub struct Deadline {
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: Reason,
}

/// Echoes messages, counts them, and answers the commands QUIT, EXIT, STATS and TIME.
pub struct Echo {
    prefix: Box<[u8]>,
    messages: Arc<AtomicU64>,
}

impl Echo {
    /// `prefix` is put before every echoed message. `messages` counts those of all clients.
    pub fn new(prefix: &str, messages: &Arc<AtomicU64>) -> Self {
        Self { prefix: prefix.as_bytes().into(), messages: Arc::clone(messages) }
    }
}

impl Responder for Echo {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        if message.is("QUIT") || message.is("EXIT") {
            reply.extend_from_slice(b"Goodbye!\n");
            return Outcome::Close(Reason::Exit);
        }
        if message.is("STATS") {
            let messages = self.messages.load(Ordering::Relaxed);
            reply.extend_from_slice(format!("Messages received: {messages}\n").as_bytes());
            return Outcome::Answered;
        }
        if message.is("TIME") {
            let now = Local::now().to_rfc3339_opts(SecondsFormat::Secs, false);
            reply.extend_from_slice(format!("Server time: {now}\n").as_bytes());
            return Outcome::Answered;
        }
        // Counted first, so a client that sees its echo also finds it in STATS.
        self.messages.fetch_add(1, Ordering::Relaxed);
        reply.extend_from_slice(&self.prefix);
        reply.extend_from_slice(&message.bytes);
        Outcome::Echoed
    }
}
