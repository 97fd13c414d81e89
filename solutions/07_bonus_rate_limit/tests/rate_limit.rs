//! The rate limit without a socket, and with a clock that the test moves.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sol03_enhanced::{Deadline, Echo, Framing, Lines, Message, Outcome, Reason, Responder};
use sol07_bonus_rate_limit::{RateLimit, TokenBucket};

const EXCEEDED: &str = "Rate limit exceeded\n";

/// How many of `tries` get a token at one time.
fn burst(bucket: &mut TokenBucket, now: Instant, tries: usize) -> usize {
    (0..tries).filter(|_| bucket.take(now)).count()
}

#[test]
fn a_full_bucket_lets_a_burst_through() {
    let start = Instant::now();
    assert_eq!(burst(&mut TokenBucket::new(5.0, start), start, 100), 5);
    assert_eq!(burst(&mut TokenBucket::new(2.5, start), start, 100), 2);
    assert_eq!(burst(&mut TokenBucket::new(0.1, start), start, 100), 1, "at least one");
}

#[test]
fn tokens_come_back_at_the_rate() {
    let start = Instant::now();
    let mut bucket = TokenBucket::new(4.0, start);
    burst(&mut bucket, start, 4);
    for quarter in 1..=10 {
        let now = start + Duration::from_millis(250 * quarter);
        let just_before = start + Duration::from_millis(250 * quarter - 1);
        assert!(!bucket.take(just_before), "{quarter}");
        assert!(bucket.take(now), "{quarter}");
    }
}

#[test]
fn a_pause_brings_no_more_than_the_bucket_holds() {
    let start = Instant::now();
    let mut bucket = TokenBucket::new(3.0, start);
    burst(&mut bucket, start, 3);
    assert_eq!(burst(&mut bucket, start + Duration::from_secs(3600), 100), 3);
    let mut slow = TokenBucket::new(0.5, start);
    burst(&mut slow, start, 1);
    assert_eq!(burst(&mut slow, start + Duration::from_secs(3600), 100), 1);
}

#[test]
fn a_clock_that_goes_back_brings_nothing_and_does_no_harm() {
    let start = Instant::now();
    let later = start + Duration::from_secs(10);
    let mut bucket = TokenBucket::new(2.0, later);
    burst(&mut bucket, later, 2);
    assert!(!bucket.take(start));
}

/// One client of a server, whose clock is moved by hand.
struct Client<C> {
    lines: Lines,
    responder: RateLimit<Echo, C>,
}

impl<C: Fn() -> Instant> Client<C> {
    fn new(rate: f64, clock: C) -> Self {
        Self {
            lines: Lines::default(),
            responder: RateLimit::new(Echo::new("", &Arc::default()), rate, clock),
        }
    }

    fn says(&mut self, bytes: &str) -> String {
        let mut reply = Vec::new();
        for message in self.lines.split(bytes.as_bytes()) {
            self.responder.respond(&message, &mut reply);
        }
        String::from_utf8(reply).unwrap()
    }
}

#[test]
fn what_is_over_the_limit_is_refused_and_not_counted() {
    let now = Cell::new(Instant::now());
    let mut client = Client::new(2.0, || now.get());
    assert_eq!(client.says("a\nb\nc\nd\n"), format!("a\nb\n{EXCEEDED}{EXCEEDED}"));
    now.set(now.get() + Duration::from_millis(500));
    assert_eq!(client.says("STATS\n"), "Messages received: 2\n");
    assert_eq!(client.says("e\n"), EXCEEDED, "the command has taken the token");
}

#[test]
fn quit_always_works() {
    let now = Cell::new(Instant::now());
    for command in ["QUIT\n", "exit\n", " Quit \n"] {
        let mut client = Client::new(1.0, || now.get());
        assert_eq!(client.says(&format!("a\nb\n{command}")), format!("a\n{EXCEEDED}Goodbye!\n"));
    }
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
    let limit = RateLimit::new(Hurried, 1.0, Instant::now);
    assert_eq!(limit.deadline().map(|deadline| deadline.reason), Some(Reason::AuthTimeout));
}
