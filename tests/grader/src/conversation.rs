//! What was said, by whom and when; and its picture, a sequence diagram in text.

use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::quote::quote;

/// Only the last of a long conversation are drawn.
const DRAWN_EVENTS: usize = 30;
const DRAWN_CLIENTS: usize = 3;

/// The width between two lifelines, in characters.
const GAP: usize = 30;

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
    events: Vec<Event>,
}

struct Event {
    at: Duration,
    client: usize,
    what: What,
}

/// What happened between a client and the server.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The client connected.
    Connected,
    /// The submission connected, which is a client.
    Accepted,
    /// The client sent bytes.
    Sent(Bytes),
    /// The client received bytes.
    Received(Bytes),
    /// The client shut down its sending side.
    HalfClosed,
    /// The client closed its socket.
    Closed,
    /// The client reset the connection.
    Reset,
    /// The client read the end of file.
    ServerClosed,
    /// Something else, said beside the client's lifeline.
    Note(String),
}

/// The beginning of what was sent, and how much it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Bytes {
    start: Vec<u8>,
    count: usize,
}

impl Bytes {
    fn extend(&mut self, more: &Self) {
        let room = EXCERPT_BYTES.saturating_sub(self.start.len());
        self.start.extend_from_slice(&more.start[..more.start.len().min(room)]);
        self.count += more.count;
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self { start: bytes[..bytes.len().min(EXCERPT_BYTES)].to_vec(), count: bytes.len() }
    }
}

impl Conversation {
    /// The conversation with a submission that is a server or a client, as `role` says.
    pub fn with(role: &'static str) -> Self {
        Self { role, start: Instant::now(), record: Mutex::default() }
    }

    /// What the submission is called in the picture.
    pub fn role(&self) -> &'static str {
        self.role
    }

    /// Adds a client, and returns its number.
    pub fn join(&self, name: &str) -> usize {
        let mut record = self.record.lock().unwrap();
        record.clients.push(name.to_owned());
        record.clients.len() - 1
    }

    /// Notes what happened.
    pub fn note(&self, client: usize, what: What) {
        let mut record = self.record.lock().unwrap();
        // The pieces of a long stream are one event.
        if let Some(last) = record.events.last_mut().filter(|last| last.client == client) {
            match (&mut last.what, &what) {
                (What::Sent(bytes), What::Sent(more)) | (What::Received(bytes), What::Received(more))
                    if more.count > 0 && bytes.count > EXCERPT_BYTES =>
                {
                    bytes.extend(more);
                    return;
                }
                _ => {}
            }
        }
        record.events.push(Event { at: self.start.elapsed(), client, what });
    }

    /// Draws the conversation: the first client on the left, the server beside it, further clients on the right.
    pub fn draw(&self) -> String {
        let record = self.record.lock().unwrap();
        let mut clients: Vec<usize> = Vec::new();
        for event in record.events.iter().rev().take(DRAWN_EVENTS) {
            if !clients.contains(&event.client) && clients.len() < DRAWN_CLIENTS {
                clients.push(event.client);
            }
        }
        if clients.is_empty() {
            return String::new();
        }
        clients.sort_unstable();
        let drawn: Vec<&Event> =
            record.events.iter().filter(|event| clients.contains(&event.client)).collect();
        let left_out = record.events.len() - drawn.len().min(DRAWN_EVENTS);
        let drawing = Drawing { clients };
        let mut text = drawing.header(self.role, &record.clients);
        if left_out > 0 {
            let _ = writeln!(
                text,
                "            ({left_out} earlier events and those of other clients are not drawn)"
            );
        }
        for event in drawn.iter().skip(drawn.len().saturating_sub(DRAWN_EVENTS)) {
            let _ = writeln!(text, "{:>9.3} s {}", event.at.as_secs_f64(), drawing.row(event));
        }
        text
    }
}

struct Drawing {
    clients: Vec<usize>,
}

impl Drawing {
    /// The column of a lifeline: the server's is the second.
    fn column(lifeline: usize) -> usize {
        4 + lifeline * GAP
    }

    fn lifelines(&self) -> usize {
        self.clients.len() + 1
    }

    fn lifeline(&self, client: usize) -> usize {
        let place = self.clients.iter().position(|&drawn| drawn == client).expect("it is drawn");
        if place == 0 { 0 } else { place + 1 }
    }

    fn header(&self, role: &str, names: &[String]) -> String {
        let mut row = String::new();
        for lifeline in 0..self.lifelines() {
            let name = match lifeline {
                1 => role,
                0 => &names[self.clients[0]],
                right => &names[self.clients[right - 1]],
            };
            let start = Self::column(lifeline).saturating_sub(name.chars().count() / 2);
            let missing = start.saturating_sub(row.chars().count());
            row.extend(std::iter::repeat_n(' ', missing));
            row += name;
        }
        format!("            {row}\n")
    }

    fn row(&self, event: &Event) -> String {
        let own = self.lifeline(event.client);
        let (label, from_client) = match &event.what {
            What::Connected => ("connect".into(), true),
            What::Accepted => ("connect".into(), false),
            What::Sent(bytes) => (label(bytes), true),
            What::HalfClosed => ("end of sending (FIN)".into(), true),
            What::Closed => ("close".into(), true),
            What::Reset => ("reset (RST)".into(), true),
            What::Received(bytes) => (label(bytes), false),
            What::ServerClosed => ("end of file".into(), false),
            What::Note(text) => return self.note(own, text),
        };
        let mut row = self.empty_row();
        let (left, right) = (own.min(1), own.max(1));
        let (from, to) = (Self::column(left) + 1, Self::column(right));
        row[from..to].fill('-');
        let points_right = from_client == (own == 0);
        if points_right {
            row[to - 1] = '>';
        } else {
            row[from] = '<';
        }
        // Beside the client, where the eye looks for it.
        let text: Vec<char> = format!(" {label} ").chars().collect();
        let start = if own == 0 { from + 3 } else { to - 3 - text.len() };
        row[start..start + text.len()].copy_from_slice(&text);
        row.into_iter().collect::<String>().trim_end().to_owned()
    }

    /// What is no arrow stands between the client's lifeline and the server's.
    fn note(&self, lifeline: usize, text: &str) -> String {
        let mut row = self.empty_row();
        let column = Self::column(lifeline);
        let (text, start) = if lifeline == 0 {
            (format!("x {text}"), column + 2)
        } else {
            (format!("{text} x"), (column - 1).saturating_sub(text.chars().count() + 2))
        };
        for (place, c) in text.chars().enumerate() {
            match row.get_mut(start + place) {
                Some(cell) => *cell = c,
                None => row.push(c),
            }
        }
        row.into_iter().collect::<String>().trim_end().to_owned()
    }

    fn empty_row(&self) -> Vec<char> {
        let mut row = vec![' '; Self::column(self.lifelines() - 1) + 1];
        for lifeline in 0..self.lifelines() {
            row[Self::column(lifeline)] = '|';
        }
        row
    }
}

fn label(bytes: &Bytes) -> String {
    const ROOM: usize = GAP - 9;
    if bytes.count == 0 {
        return "empty datagram".into();
    }
    let text = quote(&bytes.start, ROOM);
    if bytes.count == bytes.start.len() {
        return text;
    }
    let count = format!("..\" {} bytes", bytes.count);
    let start: String = text.chars().take(ROOM.saturating_sub(count.len()).min(8)).collect();
    start + &count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(conversation: &Conversation) -> Vec<String> {
        // Without the times.
        conversation.draw().lines().map(|line| line[12..].to_owned()).collect()
    }

    #[test]
    fn clients_stand_on_both_sides_of_the_server() {
        let conversation = Conversation::with("server");
        let (silent, talker) = (conversation.join("silent"), conversation.join("talker"));
        conversation.note(silent, What::Connected);
        conversation.note(talker, What::Connected);
        conversation.note(talker, What::Sent(b"Hello\n"[..].into()));
        conversation.note(talker, What::Received(b"Hello\n"[..].into()));
        conversation.note(silent, What::Note("nothing within 5 s".into()));
        conversation.note(talker, What::Note("nothing either".into()));
        assert_eq!(
            drawn(&conversation),
            [
                " silent                        server                        talker",
                "    |--- connect ---------------->|                             |",
                "    |                             |<---------------- connect ---|",
                "    |                             |<-------------- \"Hello\\n\" ---|",
                "    |                             |--------------- \"Hello\\n\" -->|",
                "    | x nothing within 5 s        |                             |",
                "    |                             |            nothing either x |",
            ]
        );
    }

    #[test]
    fn a_long_stream_is_one_arrow_and_a_crowd_is_cut() {
        let conversation = Conversation::with("server");
        for number in 0..100 {
            let client = conversation.join(&format!("client {number}"));
            conversation.note(client, What::Connected);
        }
        for _ in 0..100 {
            conversation.note(99, What::Sent([b'x'; 4096][..].into()));
        }
        let drawing = conversation.draw();
        assert!(drawing.lines().count() <= DRAWN_EVENTS + 2, "{drawing}");
        assert!(drawing.contains("409600 bytes"), "{drawing}");
    }
}
