//! Password, rate limit and history around one echo: each rule still holds.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use sol03_enhanced::{Echo, Framing, Lines, Outcome, Responder};
use sol05_bonus_history::{History, Recorder};
use sol06_bonus_auth::{Auth, Password};
use sol07_bonus_rate_limit::RateLimit;

/// What the clients of one server have in common.
struct Server {
    password: Password,
    now: Cell<Instant>,
    history: Arc<History>,
    messages: Arc<AtomicU64>,
}

impl Server {
    fn new() -> Self {
        Self {
            password: Password::new(b"swordfish").unwrap(),
            now: Cell::new(Instant::now()),
            history: Arc::new(History::new(10)),
            messages: Arc::default(),
        }
    }

    /// A client: the password outermost, then three messages a second, then the history, then the echo.
    fn connect(&self) -> Client<impl Responder + '_> {
        let echo = Echo::new("> ", &self.messages);
        let history = Recorder::new(echo, &self.history);
        let limit = RateLimit::new(history, 3.0, || self.now.get());
        let responder = Auth::new(&self.password, Duration::from_secs(10), limit);
        Client { lines: Lines::default(), responder }
    }

    fn a_second_passes(&self) {
        self.now.set(self.now.get() + Duration::from_secs(1));
    }
}

struct Client<R> {
    lines: Lines,
    responder: R,
}

impl<R: Responder> Client<R> {
    /// What the client is answered, and whether the connection goes on.
    fn says(&mut self, bytes: &str) -> (String, bool) {
        let mut reply = Vec::new();
        for message in self.lines.split(bytes.as_bytes()) {
            if let Outcome::Close(_) = self.responder.respond(&message, &mut reply) {
                return (String::from_utf8(reply).unwrap(), false);
            }
        }
        (String::from_utf8(reply).unwrap(), true)
    }

    fn is_told(&mut self, bytes: &str, answer: &str) {
        assert_eq!(self.says(bytes), (answer.to_owned(), true), "{bytes:?}");
    }
}

#[test]
fn a_stranger_gets_nothing_from_any_layer() {
    let server = Server::new();
    let mut stranger = server.connect();
    for message in ["Hello\n", "STATS\n", "HISTORY\n", "TIME\n", "HISTORY 5\n"] {
        stranger.is_told(message, "Authentication required\n");
    }
    assert!(stranger.responder.deadline().is_some());
    // What it said has taken no token, is in no history, and was not counted.
    stranger.is_told("AUTH swordfish\n", "Authenticated\n");
    assert!(stranger.responder.deadline().is_none());
    stranger.is_told("HISTORY\nSTATS\n", "History: 0 messages\nMessages received: 0\n");
}

#[test]
fn three_wrong_passwords_end_it() {
    let server = Server::new();
    let mut stranger = server.connect();
    stranger.is_told("AUTH shark\nAUTH whale\n", "Wrong password\nWrong password\n");
    assert_eq!(stranger.says("AUTH cod\nAUTH swordfish\n"), ("Goodbye!\n".to_owned(), false));
}

#[test]
fn what_is_over_the_limit_is_in_no_history() {
    let server = Server::new();
    let mut client = server.connect();
    client.is_told("AUTH swordfish\n", "Authenticated\n");
    client.is_told("a\nb\nc\nd\n", "> a\n> b\n> c\nRate limit exceeded\n");
    client.is_told("HISTORY\n", "Rate limit exceeded\n");
    server.a_second_passes();
    client.is_told("HISTORY\nSTATS\n", "History: 3 messages\na\nb\nc\nMessages received: 3\n");
    client.is_told("AUTH swordfish\n", "Already authenticated\n");
    client.is_told("HISTORY 1\n", "History: 1 messages\nc\n");
}

#[test]
fn each_client_has_its_own_limit_and_all_share_the_history() {
    let server = Server::new();
    let (mut first, mut second) = (server.connect(), server.connect());
    first.is_told("AUTH swordfish\na\nb\nc\nd\n", "Authenticated\n> a\n> b\n> c\nRate limit exceeded\n");
    second.is_told("AUTH swordfish\nHISTORY\n", "Authenticated\nHistory: 3 messages\na\nb\nc\n");
}

#[test]
fn quit_works_at_any_time() {
    let server = Server::new();
    let goodbye = ("Goodbye!\n".to_owned(), false);
    assert_eq!(server.connect().says("quit\n"), goodbye);
    let mut client = server.connect();
    client.says("AUTH swordfish\na\nb\nc\nd\n");
    assert_eq!(client.says("QUIT\n"), goodbye);
}
