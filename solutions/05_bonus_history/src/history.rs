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
        let kept = message[..message.len().min(KEPT_BYTES)].into();
        let mut messages = self.messages.lock().unwrap();
        messages.push_back(kept);
        if messages.len() > self.capacity {
            messages.pop_front();
        }
    }

    /// The last `count` messages, or all there are, oldest first. They are shared, not copied: other clients wait for the
    /// lock.
    fn last(&self, count: usize) -> Vec<Arc<[u8]>> {
        let messages = self.messages.lock().unwrap();
        let start = messages.len().saturating_sub(count);
        messages.range(start..).cloned().collect()
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
        let mut answer = format!("History: {} messages\n", messages.len());
        for message in messages {
            writeln!(answer, "{}", escaped(&message)).expect("a String takes any text");
        }
        answer
    }
}

impl<R: Responder> Responder for Recorder<R> {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        if let Some(argument) = message.argument("HISTORY") {
            reply.extend_from_slice(self.tell(argument).as_bytes());
            return Outcome::Answered;
        }
        let outcome = self.inner.respond(message, reply);
        if outcome == Outcome::Echoed {
            self.history.add(&message.bytes);
        }
        outcome
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
    let digits =
        str::from_utf8(argument).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(digits.parse().unwrap_or(usize::MAX))
}
