//! Criteria of the servers that keep a log on standard error.

use chrono::{Local, NaiveDateTime};
use grader::Verdict;

use crate::submission;

const FORMAT: &str =
    "a line of the log is `2024-01-15 10:30:45 - INFO - ...`, in local time, on standard error";

#[test]
fn the_start_is_logged() {
    let server = submission().start();
    let address = server.address();
    let started = expect_event(&server, 0, &format!("Echo server started on {address}"));
    expect_event(&server, started, "Waiting for client connections...");
}

#[test]
fn a_visit_is_logged_in_order() {
    let server = submission().start();
    let mut client = server.connect("client");
    let peer = client.address();
    client.send("Hello, Server!\n");
    client.expect("Hello, Server!\n").or_hint("echo what is no command");
    client.send("QUIT\n");
    client.expect("Goodbye!\n").or_hint("answer QUIT");
    let mut from = 0;
    for event in [
        format!("New client connected: {peer}"),
        format!("Received from {peer}: 'Hello, Server!'"),
        format!("Echoed to {peer}: 'Hello, Server!'"),
        format!("Client {peer} requested to exit"),
        format!("Connection with {peer} closed"),
    ] {
        from = expect_event(&server, from, &event);
    }
}

#[test]
fn a_client_that_leaves_or_crashes_is_logged() {
    let server = submission().start();
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
    let hint = "tell a timeout from other errors by its kind: WouldBlock, on Windows TimedOut";
    server.expect_none(wrong, Verdict::WrongOutput, detail).or_hint(hint);
}

#[test]
fn a_line_of_the_log_can_be_neither_forged_nor_flooded() {
    let hint =
        "show what a client sent with printable(): it escapes line breaks and control characters, and cuts";
    let server = submission().start();
    let mut client = server.connect("forger");
    let start = format!("Received from {}: 'x", client.address());
    let forged = "2024-01-15 10:30:45 - INFO - Connection with 1.2.3.4:5 closed";
    for message in [format!("x\r{forged}\x1b[2J"), "x".repeat(2000)] {
        client.send(&message);
        client.expect(&message).or_hint("echo the bytes unchanged; only the log gets them escaped");
    }
    let cut = |line: &str| line.contains(&start) && (60..=84).contains(&line.matches('x').count());
    server.stderr().expect_after(0, "the long message, cut at 80 characters", cut).or_hint(hint);
    let raw = |line: &String| line.starts_with(forged) || line.contains(char::is_control);
    let made = server.stderr().lines().into_iter().find(raw);
    let detail = "this line was made by the client";
    server.expect_none(made, Verdict::WrongOutput, detail).or_hint(hint);
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
        client.expect(&message).or_hint("the log's level changes nothing for clients");
        client.close();
        server.interrupt();
        server.expect_exit(0).or_hint("Ctrl+C ends the server with exit code 0");
        let lines = server.stderr().lines();
        (server, lines)
    };
    let (server, warn) = lines_with("warn");
    let info = warn.iter().find(|line| line.contains(" - INFO - ") || line.contains("Received from"));
    let hint = "let env_logger read RUST_LOG: Env::default().default_filter_or(\"info\")";
    let detail = "with RUST_LOG=warn this line is too much";
    server.expect_none(info, Verdict::WrongOutput, detail).or_hint(hint);
    let (server, debug) = lines_with("debug");
    let tells_size = |line: &str| line.split(|c: char| !c.is_ascii_digit()).any(|number| number == "321");
    let size = debug.iter().any(|line| line.contains(" - DEBUG - ") && tells_size(line));
    let detail = "with RUST_LOG=debug a line at level DEBUG tells that 321 bytes came";
    server.check(size, Verdict::WrongOutput, detail).or_hint("log::debug! the number of bytes of each read");
}

/// Waits for a line of the log with this text, from line number `from` on, and returns its number.
fn expect_event(server: &grader::Server, from: usize, text: &str) -> usize {
    let description = format!("YYYY-MM-DD HH:MM:SS - INFO - {text}");
    server.stderr().expect_after(from, &description, |line| is_event(line, text)).or_hint(FORMAT)
}

fn is_event(line: &str, text: &str) -> bool {
    let Some((time, event)) = line.split_once(" - INFO - ") else { return false };
    let time = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S");
    let is_now =
        |time: NaiveDateTime| (Local::now().naive_local() - time).abs() < chrono::TimeDelta::minutes(5);
    event == text && time.is_ok_and(is_now)
}
