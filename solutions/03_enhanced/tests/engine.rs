//! What the reference does beyond the contract.

#![cfg(target_os = "linux")]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use grader::{Server, Submission, Verdict, patience};

grader::step!("03_enhanced");

#[path = "../../02_threaded/tests/stopped/mod.rs"]
mod stopped;

#[test]
fn after_goodbye_comes_an_end_of_file_and_no_reset() {
    let server = submission().variable("RUST_LOG", "warn").start();
    for _ in 0..5 {
        let mut client = server.connect("babbler");
        let flood = [&b"QUIT\n"[..], &b"more\n".repeat(400_000)].concat();
        client.send_meanwhile(&flood, |client| {
            client.expect("Goodbye!\n").or_hint("answer QUIT");
            client.expect_end().or_hint("read what still comes before the socket is closed");
        });
    }
}

/// Sends much after QUIT, and tells whether the connection is reset, as it is when a socket is closed that has more to read.
fn is_reset_after_goodbye(server: &Server) -> io::Result<bool> {
    let mut client = TcpStream::connect(server.address())?;
    client.write_all(&[&b"QUIT\n"[..], &b"more\n".repeat(20_000)].concat())?;
    let mut reply = Vec::new();
    if client.read_to_end(&mut reply).is_err() {
        return Ok(true);
    }
    assert_eq!(reply, b"Goodbye!\n");
    Ok(patience::eventually_within(Duration::from_millis(800), || {
        client.take_error().is_ok_and(|error| error.is_some())
    }))
}

#[test]
fn what_a_client_sends_after_goodbye_is_read_for_a_while() {
    let server = submission().variable("RUST_LOG", "warn").start();
    // On a busy machine the second may be over before all is read.
    let read = (0..10).any(|_| is_reset_after_goodbye(&server).is_ok_and(|reset| !reset));
    server
        .check(read, Verdict::Closed, "a reset")
        .or_hint("read what still comes before the socket is closed");
}

#[test]
fn a_client_that_babbles_on_after_goodbye_is_left_after_a_second() {
    let server = submission().start();
    let mut client = server.connect("babbler");
    let closed = format!("Connection with {} closed", client.address());
    client.send("QUIT\n");
    client.expect("Goodbye!\n").or_hint("answer QUIT");
    for _ in 0..40 {
        client.send("more\n");
        thread::sleep(Duration::from_millis(50));
    }
    server
        .stderr()
        .expect_after(0, &closed, |line| line.ends_with(&closed))
        .or_hint("linger for a second at most");
}

#[test]
fn a_pause_of_the_server_disconnects_nobody() {
    let server = submission().start();
    let mut client = server.connect("client");
    for _ in 0..3 {
        client.send("Hello\n");
        client.expect("Hello\n").or_hint("echo what is sent");
        server.pause();
    }
    client.send("still here\n");
    client.expect("still here\n").or_hint("a read that is interrupted is tried again");
}

#[test]
fn a_pause_of_the_server_does_not_end_the_linger() {
    let server = submission().variable("RUST_LOG", "warn").start();
    let is_reset = || -> io::Result<bool> {
        let mut client = TcpStream::connect(server.address())?;
        client.write_all(b"QUIT\n")?;
        client.read_exact(&mut [0; b"Goodbye!\n".len()])?;
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(20)); // until the server waits for the client again
            server.pause();
        }
        client.write_all(b"more\n")?;
        Ok(patience::eventually_within(Duration::from_millis(500), || {
            client.take_error().is_ok_and(|error| error.is_some())
        }))
    };
    // On a busy machine the second may be over before that.
    let lingers = (0..10).any(|_| is_reset().is_ok_and(|reset| !reset));
    server.check(lingers, Verdict::Closed, "a reset").or_hint("a read that is interrupted is tried again");
}

/// The second read fails as for a peer that the kernel has given up, which takes a quarter of an hour otherwise.
#[test]
fn a_vanished_peer_is_lost_and_not_idle() {
    let traced = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=recvfrom:error=ETIMEDOUT:when=2"];
    if !Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success())
    {
        println!("skipped: this needs strace, and the right to trace");
        return;
    }
    let program = traced.into_iter().chain([env!("CARGO_BIN_EXE_03_enhanced_solution")]);
    let server = Submission::of_program("03_enhanced", program.map(Into::into).collect()).start();
    let mut client = server.connect("client");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("echo what is sent");
    let lost = format!(" - WARN - Client {} lost: ", client.address());
    server.stderr().expect_after(0, &lost, |line| line.contains(&lost)).or_hint("an error is no timeout");
}

#[test]
fn a_client_that_comes_during_the_shutdown_is_not_served() {
    let server = submission().start();
    // It doesn't close its side, so the server waits for it.
    let mut last = server.connect("last");
    last.send("Hello\n");
    last.expect("Hello\n").or_hint("echo what is sent");
    server.interrupt();
    last.expect_end().or_hint("shut down writing");
    let reply = TcpStream::connect(server.address()).and_then(|mut client| {
        client.write_all(b"Hello\n")?;
        let mut reply = Vec::new();
        client.read_to_end(&mut reply).map(|_| reply)
    });
    let echoed = reply.is_ok_and(|reply| !reply.is_empty());
    server.check(!echoed, Verdict::WrongBytes, "an echo").or_hint("nobody takes it from the channel");
    server.expect_exit(0).or_hint("shut down within a second");
}

#[test]
fn a_client_that_has_closed_is_not_waited_for() {
    let server = submission().start();
    let start = Instant::now();
    for _ in 0..20 {
        let client = server.connect("visitor");
        let closed = format!("Connection with {} closed", client.address());
        client.close();
        server
            .stderr()
            .expect_after(0, &closed, |line| line.ends_with(&closed))
            .or_hint("read to its end of file");
    }
    // With a second for each it would be 20.
    let took = start.elapsed();
    server.check(took < Duration::from_secs(10), Verdict::Late, &format!("{took:?}")).or_hint("don't linger");
}

#[test]
fn nothing_is_said_of_a_client_that_leaves_in_order_but_that_it_has_left() {
    let server = submission().start();
    let mut client = server.connect("visitor");
    let peer = client.address();
    client.send("no newline");
    client.expect("no newline").or_hint("echo what is sent");
    client.close();
    let closed = format!("Connection with {peer} closed");
    server.stderr().expect_after(0, &closed, |line| line.ends_with(&closed)).or_hint("log it");
    let complaint = server.stderr().lines().into_iter().find(|line| line.contains(&format!("Client {peer}")));
    let detail = format!("{complaint:?}");
    server.check(complaint.is_none(), Verdict::WrongOutput, &detail).or_hint("lines may end anywhere");
}

#[test]
fn reads_grow_with_what_is_sent() {
    let server = submission().variable("RUST_LOG", "debug").start();
    let mut client = server.connect("client");
    client.exchange(&vec![b'x'; 4 * 1024 * 1024]).or_hint("echo it");
    let largest = format!("Read {} bytes from {}", 32 * 1024, client.address());
    server.stderr().expect_after(0, &largest, |line| line.ends_with(&largest)).or_hint("let the buffer grow");
    let lines = server.stderr().lines();
    let reads = lines.iter().filter_map(|line| line.split_once("Read ")?.1.split_once(' ')?.0.parse().ok());
    assert_eq!(reads.max(), Some(32 * 1024));
}
