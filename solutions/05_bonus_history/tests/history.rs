//! The history without a socket.

use std::sync::Arc;
use std::time::Instant;

use sol03_enhanced::{Deadline, Echo, Framing, Lines, Message, Outcome, Reason, Responder};
use sol05_bonus_history::{History, Recorder};

/// One client of a server.
struct Client {
    lines: Lines,
    responder: Recorder<Echo>,
}

impl Client {
    fn of(history: &Arc<History>) -> Self {
        let responder = Recorder::new(Echo::new("> ", &Arc::default()), history);
        Self { lines: Lines::default(), responder }
    }

    fn says(&mut self, bytes: impl AsRef<[u8]>) -> String {
        let mut reply = Vec::new();
        for message in self.lines.split(bytes.as_ref()) {
            self.responder.respond(&message, &mut reply);
        }
        String::from_utf8(reply).unwrap()
    }
}

fn history(capacity: usize) -> Arc<History> {
    Arc::new(History::new(capacity))
}

#[test]
fn the_messages_of_all_clients_are_told_in_order_and_as_they_came() {
    let history = history(10);
    let (mut first, mut second) = (Client::of(&history), Client::of(&history));
    assert_eq!(first.says("HISTORY\n"), "History: 0 messages\n");
    first.says("one\n");
    second.says("two\r\nthree");
    assert_eq!(first.says("history\n"), "History: 3 messages\none\ntwo\nthree\n");
}

#[test]
fn as_many_are_told_as_are_asked_for() {
    let mut client = Client::of(&history(10));
    client.says("a\nb\nc\n");
    assert_eq!(client.says("HISTORY 2\n"), "History: 2 messages\nb\nc\n");
    assert_eq!(client.says("HISTORY 0\n"), "History: 0 messages\n");
    for more in ["3", "4", "18446744073709551616", "00003"] {
        assert_eq!(client.says(format!("HISTORY {more}\n")), "History: 3 messages\na\nb\nc\n", "{more}");
    }
}

#[test]
fn anything_else_than_a_number_is_an_error() {
    let mut client = Client::of(&history(10));
    for wrong in ["x", "-1", "+1", "1.5", "1 2", "\u{0663}", "2x"] {
        assert_eq!(client.says(format!("HISTORY {wrong}\n")), "Error: usage: HISTORY [n]\n", "{wrong}");
    }
    assert_eq!(client.says(b"HISTORY \xff\n"), "Error: usage: HISTORY [n]\n");
    assert_eq!(client.says("HISTORYX\n"), "> HISTORYX\n");
}

#[test]
fn commands_are_no_messages() {
    let mut client = Client::of(&history(10));
    client.says("STATS\nTIME\nHISTORY\nHISTORY x\n");
    assert_eq!(client.says("HISTORY\nQUIT\n"), "History: 0 messages\nGoodbye!\n");
}

#[test]
fn the_oldest_is_forgotten_first() {
    let mut client = Client::of(&history(2));
    client.says("a\nb\nc\n");
    assert_eq!(client.says("HISTORY\n"), "History: 2 messages\nb\nc\n");
    let mut client = Client::of(&history(0));
    client.says("a\n");
    assert_eq!(client.says("HISTORY\n"), "History: 0 messages\n");
}

#[test]
fn a_message_stays_on_its_line() {
    let mut client = Client::of(&history(10));
    client.says("a\u{b}b\u{1b}[2J\n");
    assert_eq!(client.says("HISTORY\n"), "History: 1 messages\na\\u{b}b\\u{1b}[2J\n");
}

#[test]
fn no_more_than_1024_bytes_of_a_message_are_kept() {
    let mut client = Client::of(&history(10));
    for (sent, kept) in [(1023, 1023), (1024, 1024), (1025, 1024), (4000, 1024)] {
        client.says("x".repeat(sent));
        assert_eq!(client.says("HISTORY 1\n"), format!("History: 1 messages\n{}\n", "x".repeat(kept)));
        client.says("\n");
    }
}

#[test]
fn a_command_in_pieces_is_recognised_when_its_line_ends() {
    let mut client = Client::of(&history(10));
    client.says("HIST");
    assert_eq!(client.says("ORY 1\n"), "History: 1 messages\nHIST\n");
}

/// A responder that gives its client no time.
struct Hurried;

impl Responder for Hurried {
    fn respond(&mut self, _message: &Message<'_>, _reply: &mut Vec<u8>) -> Outcome {
        Outcome::Answered
    }

    fn deadline(&self) -> Option<Deadline> {
        Some(Deadline { at: Instant::now(), reason: Reason::AuthTimeout })
    }
}

#[test]
fn the_deadline_is_that_of_the_responder_inside() {
    let recorder = Recorder::new(Hurried, &history(10));
    assert_eq!(recorder.deadline().map(|deadline| deadline.reason), Some(Reason::AuthTimeout));
}
