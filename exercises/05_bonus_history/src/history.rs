//! The last messages of all clients, and the command that tells them.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use sol03_enhanced::{Deadline, Message, Outcome, Responder};
use support::escaped;

/// How much of a message is kept. With a bound for their number too, memory is bounded, whatever clients send.
const KEPT_BYTES: usize = 1024;

/// The last messages of all clients.
pub struct History {
    capacity: usize,
    messages: Mutex<VecDeque<Arc<[u8]>>>,
}

impl History {
    /// Keeps the last `capacity` messages.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, messages: Mutex::default() }
    }

    fn add(&self, message: &[u8]) {
        // TODO 1: Lock the messages, and put the first KEPT_BYTES of this one at their end: see
        // VecDeque::push_back. If there are more than `capacity` now, remove the oldest.
        todo!("TODO 1: keep a message");
    }

    /// The last `count` messages, or all there are, oldest first. They are shared, not copied: other clients wait for the
    /// lock.
    fn last(&self, count: usize) -> Vec<Arc<[u8]>> {
        // TODO 2: Clone the last `count` of the messages, or all of them if there are fewer: see
        // VecDeque::range.
        todo!("TODO 2: return the last messages");
    }
}

/// Answers HISTORY, and notes what the responder inside echoes.
pub struct Recorder<R> {
    inner: R,
    history: Arc<History>,
}

impl<R> Recorder<R> {
    /// A layer around `inner`, for one client; all clients share the `history`.
    pub fn new(inner: R, history: &Arc<History>) -> Self {
        Self { inner, history: Arc::clone(history) }
    }

    /// The answer to HISTORY with what follows it.
    fn tell(&self, argument: &[u8]) -> String {
        let Some(count) = parse_count(argument) else { return "Error: usage: HISTORY [n]\n".into() };
        let messages = self.history.last(count);
        // TODO 3: Return the line "History: 2 messages", and then each message on a line of its
        // own, escaped(): see writeln!.
        todo!("TODO 3: answer with the history");
    }
}

impl<R: Responder> Responder for Recorder<R> {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        if let Some(argument) = message.argument("HISTORY") {
            reply.extend_from_slice(self.tell(argument).as_bytes());
            return Outcome::Answered;
        }
        // TODO 4: Let the responder inside answer. If it echoed the message, add that to the
        // history. Return what became of the message.
        todo!("TODO 4: pass the message on, and record it");
    }

    fn deadline(&self) -> Option<Deadline> {
        self.inner.deadline()
    }
}

/// How many messages are asked for: all if nothing follows the command. A number may be larger than any machine's.
fn parse_count(argument: &[u8]) -> Option<usize> {
    if argument.is_empty() {
        return Some(usize::MAX);
    }
    // TODO 5: Return the number, or None if there is any character but digits. A number that is too
    // large for a usize asks for all messages.
    todo!("TODO 5: parse the number");
}
