//! The log on standard error.

use std::path::Path;

use chrono::{Local, NaiveDateTime, TimeDelta, Utc};
use grader::{Submission, Verdict};

use crate::submission;

const FORMAT: &str = "A line of the log is missing, comes in another order, is worded differently, or tells another time. It looks \
                      like `2024-01-15 10:30:45 - INFO - ...`, in local time, on standard error";

/// A zone that is hardly this machine's, where the operating system knows it: most machines that run tests have UTC.
const ZONE: &str = "Asia/Kolkata";
const FROM_UTC: TimeDelta = TimeDelta::minutes(5 * 60 + 30);

fn knows_zone() -> bool {
    Path::new("/usr/share/zoneinfo").join(ZONE).exists()
}

/// The submission in that zone.
fn abroad() -> Submission {
    let submission = submission();
    if knows_zone() { submission.variable("TZ", ZONE) } else { submission }
}

#[test]
fn the_start_is_logged() {
    let server = abroad().start();
    let address = server.address();
    let started = expect_event(&server, 0, &format!("Echo server started on {address}"));
    expect_event(&server, started, "Waiting for client connections...");
}

/// Two visits and several messages, as what is right for the first may be wrong for the next.
#[test]
fn a_visit_is_logged_in_order() {
    let server = abroad().start();
    let mut from = 0;
    for goodbye in ["QUIT\n", "exit\r\n"] {
        let mut client = server.connect("client");
        let peer = client.address();
        let mut events = vec![format!("New client connected: {peer}")];
        for (message, shown) in
            [("Hello, Server!\n", "Hello, Server!"), ("it's me\r\n", "it's me"), ("again", "again")]
        {
            client.send(message);
            client.expect(message).or_hint("A message didn't come back as it was sent");
            events.push(format!("Received from {peer}: '{shown}'"));
            events.push(format!("Echoed to {peer}: '{shown}'"));
        }
        client.send("\n"); // the end of the line, which is a message too
        client.expect("\n").or_hint("A message didn't come back as it was sent");
        client.send(goodbye);
        client.expect("Goodbye!\n").or_hint("QUIT or EXIT wasn't answered");
        events.push(format!("Client {peer} requested to exit"));
        events.push(format!("Connection with {peer} closed"));
        for event in events {
            from = expect_event(&server, from, &event);
        }
    }
}

#[test]
fn a_client_that_leaves_or_crashes_is_logged() {
    let server = abroad().start();
    let client = server.connect("client");
    let left = client.address();
    client.close();
    expect_event(&server, 0, &format!("Connection with {left} closed"));
    let client = server.connect("crasher");
    let crashed = client.address();
    client.reset();
    expect_event(&server, 0, &format!("Connection with {crashed} closed"));
    let idle = |line: &String| line.contains(&crashed.to_string()) && line.to_lowercase().contains("idle");
    let wrong = server.stderr().lines().into_iter().find(idle);
    let detail = "the client crashed, and the log says that it was idle";
    let hint = "The log takes a client that crashed for one that was idle. An error of read has a kind: only one of them \
                means that a time limit is over";
    server.expect_none(wrong, Verdict::WrongOutput, detail).or_hint(hint);
}

#[test]
fn a_line_of_the_log_can_be_neither_forged_nor_flooded() {
    let hint = "A client's message isn't harmless in the log: it breaks a line, moves the cursor, or is longer than 80 characters. \
                Show it escaped and cut, as the function of the crate `support` does that is made for it";
    let server = submission().start();
    let mut client = server.connect("forger");
    let start = format!("Received from {}: '", client.address());
    let forged = "2024-01-15 10:30:45 - INFO - Connection with 1.2.3.4:5 closed";
    let controls = "x\u{7f}\u{9b}\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}\u{b}\u{c}\u{7}x";
    for message in [format!("x\r{forged}\x1b[2J"), controls.into(), "x".repeat(80), "x".repeat(2000)] {
        let before = server.stderr().lines().len();
        client.send(&message);
        client
            .expect(&message)
            .or_hint("A message didn't come back as it was sent; only the log shows it escaped and cut");
        let all = message.matches('x').count();
        // A mark that something is missing may take the place of the last few.
        let least = if all > 80 { 60 } else { all };
        let shown = |line: &str| {
            let text = line.split_once(&start).map_or("", |(_, text)| text);
            text.starts_with('x') && (least..=84).contains(&text.matches('x').count())
        };
        let description = format!("{start:?} and the message, escaped and cut at 80 characters");
        server.stderr().expect_after(before, &description, shown).or_hint(hint);
    }
    let is_raw = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let made =
        server.stderr().lines().into_iter().find(|line| line.starts_with(forged) || line.contains(is_raw));
    server.expect_none(made, Verdict::WrongOutput, "this line was made by the client").or_hint(hint);
}

/// What isn't printed is known for sure only when the server has ended, and that takes a signal.
#[cfg(unix)]
#[test]
fn rust_log_sets_the_level() {
    let lines_with = |level: &str| {
        let server = submission().variable("RUST_LOG", level).start();
        let mut client = server.connect("client");
        let message = "x".repeat(321);
        client.send(&message);
        client.expect(&message).or_hint(
            "With RUST_LOG set, a message didn't come back. The log's level changes nothing for clients",
        );
        client.close();
        server.interrupt();
        server.expect_exit(0).or_hint("Ctrl+C didn't end the server with exit code 0");
        let lines = server.stderr().lines();
        (server, lines)
    };
    let (server, warn) = lines_with("warn");
    let info = warn.iter().find(|line| line.contains(" - INFO - ") || line.contains("Received from"));
    let hint = "RUST_LOG=warn still shows what each client does. Let the logger take its level from RUST_LOG";
    let detail = "with RUST_LOG=warn this line is too much";
    server.expect_none(info, Verdict::WrongOutput, detail).or_hint(hint);
    let (server, debug) = lines_with("debug");
    let tells_size = |line: &str| line.split(|c: char| !c.is_ascii_digit()).any(|number| number == "321");
    let size = debug.iter().any(|line| tells_size(line));
    let detail = "with RUST_LOG=debug no line tells that 321 bytes came";
    server
        .check(size, Verdict::WrongOutput, detail)
        .or_hint("RUST_LOG=debug shows no sizes. Log how many bytes each message has, at that level");
}

/// Waits for a line of the log with this text, from line number `from` on, and returns its number.
fn expect_event(server: &grader::Server, from: usize, text: &str) -> usize {
    let description = format!("YYYY-MM-DD HH:MM:SS - INFO - {text}");
    server.stderr().expect_after(from, &description, |line| is_event(line, text)).or_hint(FORMAT)
}

fn is_event(line: &str, text: &str) -> bool {
    let Some((time, event)) = line.split_once(" - INFO - ") else { return false };
    let time = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S");
    let now = if knows_zone() { Utc::now().naive_utc() + FROM_UTC } else { Local::now().naive_local() };
    event == text && time.is_ok_and(|time| (now - time).abs() < TimeDelta::minutes(5))
}
