//! The protocol without a socket: bytes in, bytes out.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sol03_enhanced::{Echo, Framing, Lines, Outcome, Reason, Responder};

/// One client's conversation.
struct Session {
    lines: Lines,
    echo: Echo,
}

impl Session {
    fn new(prefix: &str) -> Self {
        Self::of(prefix, &Arc::default())
    }

    fn of(prefix: &str, messages: &Arc<AtomicU64>) -> Self {
        Self { lines: Lines::default(), echo: Echo::new(prefix, messages) }
    }

    /// What one read is answered with, up to the end of the conversation.
    fn reads(&mut self, bytes: impl AsRef<[u8]>) -> String {
        let mut reply = Vec::new();
        for message in self.lines.split(bytes.as_ref()) {
            if let Outcome::Close(_) = self.echo.respond(&message, &mut reply) {
                break;
            }
        }
        String::from_utf8_lossy(&reply).into_owned()
    }
}

/// A client that is answered so, read by read.
fn plays(prefix: &str, reads: &[(&str, &str)]) {
    let mut session = Session::new(prefix);
    for (bytes, reply) in reads {
        assert_eq!(session.reads(bytes), *reply, "{bytes:?}");
    }
}

#[test]
fn a_message_is_echoed_exactly_as_it_came() {
    let mut session = Session::new("");
    for bytes in ["Hello\n", "no newline", "\r\n", "\n\n", "a\nb\r\nc", "\u{0}\n"] {
        assert_eq!(session.reads(bytes), bytes);
    }
    assert_eq!(session.reads(""), "");
}

#[test]
fn each_message_has_the_prefix() {
    let reads =
        [("one\ntwo\nthree", "> one\n> two\n> three"), ("\n", "> \n"), ("STATS\n", "Messages received: 4\n")];
    plays("> ", &reads);
}

#[test]
fn commands_are_recognised_in_any_case_with_white_space_around() {
    for command in ["QUIT\n", "quit", "Exit\r\n", "\t eXiT  \n", "QUIT"] {
        assert_eq!(Session::new("").reads(command), "Goodbye!\n", "{command:?}");
    }
    for message in ["QUITE\n", "QUIT now\n", "say QUIT\n", "Q UIT\n", "STATS?", "\n", "   \n"] {
        assert_eq!(Session::new("").reads(message), message);
    }
}

#[test]
fn the_outcome_tells_what_became_of_a_message() {
    let outcome = |bytes: &[u8]| {
        let mut session = Session::new("");
        let message = session.lines.split(bytes).next().unwrap();
        session.echo.respond(&message, &mut Vec::new())
    };
    assert_eq!(outcome(b"Hello\n"), Outcome::Echoed);
    assert_eq!(outcome(b"STATS\n"), Outcome::Answered);
    assert_eq!(outcome(b"TIME\n"), Outcome::Answered);
    assert_eq!(outcome(b"exit\n"), Outcome::Close(Reason::Exit));
}

#[test]
fn stats_counts_the_messages_of_all_clients_and_no_commands() {
    let messages = Arc::default();
    let (mut first, mut second) = (Session::of("", &messages), Session::of("", &messages));
    first.reads("one\ntwo\nTIME\n");
    second.reads("three");
    assert_eq!(second.reads("STATS\nstats\n"), "Messages received: 3\nMessages received: 3\n");
}

#[test]
fn what_follows_quit_is_not_answered() {
    let messages = Arc::default();
    assert_eq!(
        Session::of("", &messages).reads("a\nSTATS\nQUIT\nb\n"),
        "a\nMessages received: 1\nGoodbye!\n"
    );
    assert_eq!(Session::of("", &messages).reads("STATS"), "Messages received: 1\n");
}

#[test]
fn a_command_that_came_in_pieces_is_recognised_when_its_line_ends() {
    plays("", &[("S", "S"), ("TAT", "TAT"), ("S", "S"), ("\r\n", "Messages received: 3\n")]);
    plays("", &[("QU", "QU"), ("IT\nmore", "Goodbye!\n")]);
    // White space around it may be a piece of its own.
    plays("", &[("  ", "  "), ("ST", "ST"), ("ATS ", "ATS "), ("\n", "Messages received: 3\n")]);
}

#[test]
fn a_command_is_not_recognised_twice() {
    // The rest of the line that was a command already.
    plays("", &[("STATS", "Messages received: 0\n"), ("\n", "\n")]);
}

#[test]
fn pieces_of_another_line_make_no_command() {
    plays("", &[("say ", "say "), ("QU", "QU"), ("IT\n", "IT\n"), ("QU\n", "QU\n"), ("IT\n", "IT\n")]);
}

#[test]
fn an_endless_line_is_echoed_and_not_remembered() {
    let mut session = Session::new("");
    assert_eq!(session.reads("QUIT "), "Goodbye!\n");
    let mut session = Session::new("");
    let piece = " ".repeat(4096);
    for _ in 0..1000 {
        assert_eq!(session.reads(&piece), piece);
    }
    // 4 MB of white space around it: a line that long is no command any more.
    session.reads("QU");
    assert_eq!(session.reads("IT\n"), "IT\n");
    // The next line is a new one.
    session.reads("QU");
    assert_eq!(session.reads("IT\n"), "Goodbye!\n");
}

#[test]
fn a_line_in_pieces_is_a_command_up_to_1024_bytes() {
    for (blanks, is_command) in [(1019, true), (1020, false)] {
        let mut session = Session::new("");
        session.reads("QU");
        session.reads("IT");
        let end = " ".repeat(blanks) + "\n";
        assert_eq!(session.reads(&end) == "Goodbye!\n", is_command, "{} bytes", 4 + end.len());
    }
}

#[test]
fn time_is_told_in_rfc_3339_with_whole_seconds() {
    let reply = Session::new("").reads("time\n");
    let time = reply.strip_prefix("Server time: ").and_then(|rest| rest.strip_suffix('\n')).unwrap();
    assert_eq!(time.len(), "2026-11-20T10:31:15+00:00".len());
    let told = chrono::DateTime::parse_from_rfc3339(time).unwrap();
    assert!((chrono::Utc::now() - told.to_utc()).abs() < chrono::TimeDelta::minutes(1));
}
