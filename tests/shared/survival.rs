//! What no client can do to a server over TCP: stop it, or take all its memory.

use std::time::{Duration, Instant};

use crate::{greet, quiet, submission};

/// So many that a count in one byte is full, or as many as a busy machine serves in some seconds.
#[test]
fn one_client_after_another_is_served() {
    const FEW: usize = 30;
    const MANY: usize = 300;
    let server = submission().start();
    let start = Instant::now();
    for number in 0..MANY {
        if number >= FEW && start.elapsed() > Duration::from_secs(5) {
            break;
        }
        let mut client = server.connect(&format!("client {number}"));
        client.send("Hello\n");
        client.expect("Hello\n").or_hint(
            "A client wasn't served after others had come and gone. Accept in a loop: the server outlives its clients",
        );
        client.half_close();
        client.expect_end().or_hint("The connection wasn't closed when the client had sent everything");
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
        "The server serves nobody any more after clients that left without a word or were reset. An error of one client ends the service of that client, so don't unwrap it",
    );
}

/// It exists because a server that ends with a lost client should hear that, and not of a line that it didn't print.
#[test]
fn a_client_that_is_reset_does_not_stop_the_server() {
    let hint = "The server serves nobody any more after a client's connection was reset. Then read and write fail: that ends the service of this client, not the server";
    let server = submission().start();
    let mut client = server.connect("crasher");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("A message didn't come back as it was sent");
    client.reset();
    greet(&server, hint);

    let mut client = server.connect("crasher");
    client.flood(16 * 1024 * 1024);
    client.reset();
    greet(&server, hint);
}

/// A server whose language collects garbage now and then holds some of what it has echoed, but never this much.
#[test]
fn a_line_without_an_end_needs_no_memory() {
    const LINE: usize = 100_000_000;
    let server = quiet().start();
    greet(&server, "The first line didn't come back");
    #[cfg(target_os = "linux")]
    let before = server.memory_peak();
    let mut client = server.connect("babbler");
    client.exchange_some(&vec![b'x'; 64 * 1024], LINE).or_hint(
        "A long stream without a newline didn't come back. Echo each piece as it is read; a line may never end",
    );
    #[cfg(target_os = "linux")]
    bounded(
        &server,
        before,
        LINE / 4 * 3,
        "The memory of the server grew with a line that has no end: something collects it. A buffer of fixed size is \
         enough when each piece is echoed as it comes",
    );
    client.close();
    greet(&server, "The server serves nobody any more after a line of 100 MB");
}

#[test]
fn a_client_that_never_reads_does_not_stop_the_server() {
    const FLOOD: usize = 200_000_000;
    let server = quiet().start();
    greet(&server, "A message didn't come back as it was sent");
    #[cfg(target_os = "linux")]
    let before = server.memory_peak();
    let mut glutton = server.connect("glutton");
    glutton.flood(FLOOD);
    #[cfg(target_os = "linux")]
    bounded(
        &server,
        before,
        FLOOD / 2,
        "The memory of the server grows with what a client sends without reading its echo. Stop reading from a client that doesn't read, and queue nothing without bound",
    );
    glutton.reset();
    greet(
        &server,
        "The server serves nobody any more after a client that never read was reset. The write to it fails then: go on with the others",
    );
}

#[test]
fn output_that_nobody_hears_does_not_stop_the_server() {
    let hint = "The server stopped when nobody read its output any more. println! and eprintln! panic then; use the macros of the crate `support`, which go on";
    let server = submission().unheard().start();
    for _ in 0..3 {
        greet(&server, hint);
    }
    let mut client = server.connect("crasher");
    client.send("Hello\n");
    client.reset();
    greet(&server, hint);
}

#[cfg(unix)]
#[test]
fn closed_output_does_not_stop_the_server() {
    let port = grader::free_port();
    let server = submission().without_output(port).start();
    let hint = "With standard output and standard error closed, the server doesn't serve. To print fails then, or writes \
                into the first file that is opened: perhaps a client's socket";
    let mut answers = false;
    // An interpreter may have to start first, on a busy machine.
    grader::patience::eventually_within(Duration::from_secs(20), || {
        answers = server.try_connect("first").is_met();
        answers || server.has_ended()
    });
    server.check(answers, grader::Verdict::NeverListened, "nobody listens at its port").or_hint(hint);
    for _ in 0..3 {
        greet(&server, hint);
    }
}

/// The server holds hardly more memory than `before`, and not even the bound.
#[cfg(target_os = "linux")]
fn bounded(server: &grader::Server, before: u64, bound: usize, hint: &str) {
    let grown = server.memory_peak().saturating_sub(before);
    let detail = format!("its memory grew by {} MB", grown / 1_000_000);
    server.check(grown < bound as u64, grader::Verdict::OutOfBounds, &detail).or_hint(hint);
}
