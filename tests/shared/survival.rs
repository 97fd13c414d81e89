//! Criteria of every server over TCP: a client can do nothing that stops it.

use crate::{greet, quiet, submission};

/// It exists because a server that ends after a few clients should hear that, and not of what it broke.
#[test]
fn one_client_after_another_is_served() {
    let server = submission().start();
    for number in 0..30 {
        let mut client = server.connect(&format!("client {number}"));
        client.send("Hello\n");
        client.expect("Hello\n").or_hint("accept() in a loop: the server outlives its clients");
        client.half_close();
        client.expect_end().or_hint("close the connection when the client has sent its last byte");
    }
}

#[test]
fn a_client_that_leaves_at_once_is_no_trouble() {
    let server = submission().start();
    for _ in 0..10 {
        server.connect("visitor").close();
        server.connect("crasher").reset();
    }
    greet(
        &server,
        "an error of one client ends that client's service, not the server: no unwrap() on its way",
    );
}

/// It exists because a server that ends with a lost client should hear that, and not of a line that it didn't print.
#[test]
fn a_client_that_is_reset_does_not_stop_the_server() {
    let hint = "read() and write() fail when the client has crashed: that ends its service, not the server";
    let server = submission().start();
    let mut client = server.connect("crasher");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("echo what is sent");
    client.reset();
    greet(&server, hint);

    let mut client = server.connect("crasher");
    client.flood(16 * 1024 * 1024);
    client.reset();
    greet(&server, hint);
}

#[test]
fn a_line_without_an_end_needs_no_memory() {
    const LINE: usize = 10_000_000;
    let server = quiet().start();
    greet(&server, "echo what is sent");
    #[cfg(target_os = "linux")]
    let before = server.memory_peak();
    let line = vec![b'x'; LINE];
    let mut client = server.connect("babbler");
    client.exchange(&line).or_hint("echo each piece as it is read, however long the line");
    #[cfg(target_os = "linux")]
    bounded(&server, before, LINE / 4 * 3, "a buffer of fixed size is enough: don't collect the line");
    client.close();
    greet(&server, "a long line is no reason to end");
}

#[test]
fn a_client_that_never_reads_does_not_stop_the_server() {
    const FLOOD: usize = 200_000_000;
    let server = quiet().start();
    greet(&server, "echo what is sent");
    #[cfg(target_os = "linux")]
    let before = server.memory_peak();
    let mut glutton = server.connect("glutton");
    glutton.flood(FLOOD);
    #[cfg(target_os = "linux")]
    bounded(
        &server,
        before,
        FLOOD / 2,
        "stop reading from a client that doesn't take its echo; don't queue without bound",
    );
    glutton.reset();
    greet(&server, "when a client that never reads has gone, write() fails: serve the others");
}

#[test]
fn output_that_nobody_hears_does_not_stop_the_server() {
    let hint = "println! and eprintln! panic when the pipe is closed; say! and complain! go on";
    let server = submission().unheard().start();
    for _ in 0..3 {
        greet(&server, hint);
    }
    let mut client = server.connect("crasher");
    client.send("Hello\n");
    client.reset();
    greet(&server, hint);
}

/// The server holds hardly more memory than `before`, and not even the bound.
#[cfg(target_os = "linux")]
fn bounded(server: &grader::Server, before: u64, bound: usize, hint: &str) {
    let grown = server.memory_peak().saturating_sub(before);
    let detail = format!("its memory grew by {} MB", grown / 1_000_000);
    server.check(grown < bound as u64, grader::Verdict::OutOfBounds, &detail).or_hint(hint);
}
