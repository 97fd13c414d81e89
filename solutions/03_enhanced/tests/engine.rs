//! What the reference does beyond the contract.

#![cfg(target_os = "linux")]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use grader::{Client, Server, Verdict};

grader::step!("03_enhanced");

#[test]
fn a_shortage_is_logged_once() {
    let server = submission().ulimit("-n 32").start();
    let _clients: Vec<Client> = (0..32).map(|number| server.connect(&format!("client {number}"))).collect();
    let told = |line: &str| line.contains(" - ERROR - Cannot accept clients for now: ");
    server.stderr().expect_after(0, "Cannot accept clients for now", told).or_hint("log it");
    thread::sleep(Duration::from_millis(500));
    let count = server.stderr().lines().iter().filter(|line| told(line)).count();
    server.check(count == 1, Verdict::WrongOutput, &format!("logged {count} times")).or_hint("log it once");
}

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

/// Whether a client can still send a while after Goodbye: on a socket that is closed, what arrives is answered with a
/// reset, and the next write fails.
fn sends_after_goodbye(server: &Server) -> io::Result<()> {
    let mut client = TcpStream::connect(server.address())?;
    client.write_all(b"QUIT\n")?;
    client.read_exact(&mut [0; "Goodbye!\n".len()])?;
    for _ in 0..3 {
        client.write_all(b"more\n")?;
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

#[test]
fn what_a_client_sends_after_goodbye_is_read_for_a_while() {
    let server = submission().start();
    // On a busy machine the second may be over before the client has sent.
    let read = (0..10).any(|_| sends_after_goodbye(&server).is_ok());
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
