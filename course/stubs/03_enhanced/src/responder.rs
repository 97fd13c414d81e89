//! What a client is told, as a function of what it said.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{Local, SecondsFormat};

use crate::Message;

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was echoed.
    Echoed,
    /// It was a command, or was refused, and has its answer.
    Answered,
    /// The connection is to be closed once the answer is sent. The reason is for the log: "Client ... {reason}".
    Close(&'static str),
}

/// Answers the messages of one client. A responder may wrap another and handle a message itself or pass it on.
pub trait Responder {
    /// Appends to `reply` what the client is owed for `message`.
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome;

    /// The end of the client's time, if it has to get somewhere within one. It is asked for before each read.
    fn deadline(&self) -> Option<Deadline> {
        None
    }
}

/// When a connection is closed, and the reason for the log: "Client ... {reason}".
pub struct Deadline {
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: &'static str,
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
        // TODO 4: append the answer to `reply`, and return what became of the message. message.is("QUIT") tells a command;
        // the task has a table of them. Anything else is counted, and goes back with the prefix before it.
        todo!("TODO 4: answer a message");
    }
}
