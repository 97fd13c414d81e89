//! Records what was said, by whom and when.

use std::sync::Mutex;
use std::time::Instant;

use crate::diagram::{Diagram, Event, Line, Row};
use crate::excerpt::{Content, Excerpt};

/// Of a long conversation the end is told.
const TOLD_EVENTS: usize = 30;
const TOLD_CLIENTS: usize = 3;

/// How much of a long message is remembered.
const EXCERPT_BYTES: usize = 64;

/// All that the grader's side and the submission did to each other since the submission was started. What is said here of
/// the grader's clients and a submission that is their server holds of its servers and a submission that is a client.
pub struct Conversation {
    /// What the submission is: a server or a client.
    role: &'static str,
    start: Instant,
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    clients: Vec<String>,
    happened: Vec<Happened>,
}

struct Happened {
    seconds: f64,
    client: usize,
    what: What,
}

enum What {
    /// From the client to the submission.
    Sent(Line, Content),
    /// From the submission to the client.
    Received(Line, Content),
    Note(String),
}

impl Conversation {
    /// The conversation with a submission that is a server or a client, as `role` says.
    pub fn with(role: &'static str) -> Self {
        Self { role, start: Instant::now(), record: Mutex::default() }
    }

    /// What the submission is called.
    pub fn role(&self) -> &'static str {
        self.role
    }

    /// Adds a client, and returns its number.
    pub fn join(&self, name: &str) -> usize {
        let mut record = self.record.lock().unwrap();
        record.clients.push(name.to_owned());
        record.clients.len() - 1
    }

    /// The client sent bytes.
    pub fn sent(&self, client: usize, line: Line, bytes: &[u8]) {
        self.add(client, What::Sent(line, content(line, bytes)));
    }

    /// The client received bytes.
    pub fn received(&self, client: usize, line: Line, bytes: &[u8]) {
        self.add(client, What::Received(line, content(line, bytes)));
    }

    /// The client did something to the connection.
    pub fn did(&self, client: usize, line: Line, what: &str) {
        self.add(client, What::Sent(line, what.into()));
    }

    /// The submission did something to the connection.
    pub fn noticed(&self, client: usize, what: &str) {
        self.add(client, What::Received(Line::Control, what.into()));
    }

    /// Something else, said beside the client's lifeline.
    pub fn note(&self, client: usize, text: impl Into<String>) {
        self.add(client, What::Note(text.into()));
    }

    fn add(&self, client: usize, what: What) {
        let seconds = self.start.elapsed().as_secs_f64();
        let mut record = self.record.lock().unwrap();
        let last = record.happened.last_mut().filter(|last| last.client == client);
        if !last.is_some_and(|last| last.what.goes_on_with(&what)) {
            record.happened.push(Happened { seconds, client, what });
        }
    }

    /// The end of the conversation: the first client on the left, the submission beside it, further clients on the right.
    pub fn end(&self) -> Option<Diagram> {
        let record = self.record.lock().unwrap();
        let mut clients: Vec<usize> = Vec::new();
        for Happened { client, .. } in record.happened.iter().rev().take(TOLD_EVENTS) {
            if !clients.contains(client) && clients.len() < TOLD_CLIENTS {
                clients.push(*client);
            }
        }
        if clients.is_empty() {
            return None;
        }
        clients.sort_unstable();
        let told: Vec<&Happened> =
            record.happened.iter().filter(|happened| clients.contains(&happened.client)).collect();
        let told = &told[told.len().saturating_sub(TOLD_EVENTS)..];
        let left_out = record.happened.len() - told.len();
        let note = format!("{left_out} earlier events, and those of other clients, are left out");
        let mut events: Vec<Event> =
            (left_out > 0).then(|| Row::Note { over: None, text: note }.into()).into_iter().collect();
        let program = 1;
        let place = |client| match clients.iter().position(|told| *told == client) {
            Some(0) => 0,
            right => right.expect("it is told of") + 1,
        };
        events.extend(told.iter().map(|Happened { seconds, client, what }| Event {
            seconds: Some(*seconds),
            row: what.row(place(*client), program),
        }));
        let mut cast: Vec<String> = clients.iter().map(|client| record.clients[*client].clone()).collect();
        cast.insert(program, self.role.to_owned());
        Some(Diagram { cast, program, events })
    }
}

fn content(line: Line, bytes: &[u8]) -> Content {
    if bytes.is_empty() && line == Line::Datagram {
        return "empty datagram".into();
    }
    Excerpt::start(bytes, EXCERPT_BYTES).into()
}

impl What {
    /// Whether `next` goes on with a long stream, of which the pieces are one event: then it is added to this.
    fn goes_on_with(&mut self, next: &Self) -> bool {
        match (self, next) {
            (Self::Sent(_, Content::Bytes(bytes)), Self::Sent(Line::Bytes, Content::Bytes(more)))
            | (Self::Received(_, Content::Bytes(bytes)), Self::Received(Line::Bytes, Content::Bytes(more)))
                if more.size() > 0 && bytes.size() > EXCERPT_BYTES =>
            {
                bytes.extend(more, EXCERPT_BYTES);
                true
            }
            _ => false,
        }
    }

    fn row(&self, client: usize, program: usize) -> Row {
        match self {
            Self::Sent(line, label) => {
                Row::Arrow { from: client, to: program, label: label.clone(), line: *line }
            }
            Self::Received(line, label) => {
                Row::Arrow { from: program, to: client, label: label.clone(), line: *line }
            }
            Self::Note(text) => Row::Note { over: Some(client), text: text.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_stand_on_both_sides_of_the_server() {
        let conversation = Conversation::with("server");
        let (silent, talker) = (conversation.join("silent"), conversation.join("talker"));
        conversation.did(silent, Line::Control, "connect");
        conversation.sent(talker, Line::Bytes, b"Hello\n");
        conversation.received(talker, Line::Bytes, b"Hello\n");
        conversation.note(silent, "nothing within 5 s");
        let diagram = conversation.end().unwrap();
        assert_eq!(diagram.cast, ["silent", "server", "talker"]);
        let hello = || Content::from(Excerpt::start(b"Hello\n", 64));
        let rows: Vec<Row> = diagram.events.into_iter().map(|event| event.row).collect();
        assert_eq!(
            rows,
            [
                Row::Arrow { from: 0, to: 1, label: "connect".into(), line: Line::Control },
                Row::Arrow { from: 2, to: 1, label: hello(), line: Line::Bytes },
                Row::Arrow { from: 1, to: 2, label: hello(), line: Line::Bytes },
                Row::Note { over: Some(0), text: "nothing within 5 s".into() },
            ]
        );
    }

    #[test]
    fn a_long_stream_is_one_arrow_and_a_crowd_is_cut() {
        let conversation = Conversation::with("server");
        for number in 0..100 {
            let client = conversation.join(&format!("client {number}"));
            conversation.did(client, Line::Control, "connect");
        }
        for _ in 0..100 {
            conversation.sent(99, Line::Bytes, &[b'x'; 4096]);
        }
        let diagram = conversation.end().unwrap();
        assert!(diagram.events.len() <= TOLD_EVENTS + 1, "{diagram:?}");
        let Row::Arrow { label, .. } = &diagram.events.last().unwrap().row else { panic!("{diagram:?}") };
        assert!(label.quoted(30).ends_with("409600 bytes"), "{diagram:?}");
    }
}
