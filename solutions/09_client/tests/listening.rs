//! When the reference shows what the server says: a line when it has ended, anything else after a moment's pause.

use std::thread;
use std::time::Duration;

use grader::{Client, Peer, Run, Verdict, patience};

grader::step!("09_client");

fn session() -> (Run, Client) {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).piped().start_client();
    let server = peer.accept(&client);
    (client, server)
}

fn is_shown(client: &Run, line: &str) -> bool {
    client.stdout().lines().iter().any(|shown| shown == line)
}

#[test]
fn a_server_that_never_pauses_is_heard() {
    let (client, mut server) = session();
    let heard = (0..500).any(|_| {
        server.send("tick\n");
        thread::sleep(Duration::from_millis(10));
        is_shown(&client, "Server: tick")
    });
    client.check(heard, Verdict::Silent, "500 lines in 5 s").or_hint("show a line when it has ended");
}

#[test]
fn a_line_that_tcp_has_cut_is_shown_as_one() {
    let (client, mut server) = session();
    // On a busy machine the second half may come too late.
    let whole = (0..20).any(|number| {
        let (start, rest) = (format!("{number} one "), "line\n");
        server.send(&start);
        thread::sleep(Duration::from_millis(5));
        server.send(rest);
        let line = format!("Server: {start}line");
        patience::eventually_within(Duration::from_millis(300), || is_shown(&client, &line))
    });
    client.check(whole, Verdict::WrongOutput, "in pieces").or_hint("wait for the rest of a line, a moment");
}

#[test]
fn a_line_without_an_end_is_shown_in_pieces() {
    let (client, mut server) = session();
    let piece = "x".repeat(4096);
    let heard = (0..500).any(|_| {
        server.send(&piece);
        thread::sleep(Duration::from_millis(10));
        client.stdout().lines().iter().any(|line| line.starts_with("Server: x") && line.len() >= 64 * 1024)
    });
    client.check(heard, Verdict::Silent, "2 MB in 5 s").or_hint("a line that is too long is not waited for");
}

/// On Unix a pause of the process interrupts a read that has a timeout.
#[cfg(unix)]
#[test]
fn a_pause_while_an_echo_is_awaited_changes_nothing() {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).options(["test"]).start_client();
    let mut server = peer.accept(&client);
    for message in ["Hello", "World", "Test"] {
        server.expect(message).or_hint("send it");
        client.pause();
        server.send(message);
    }
    client.expect_exit(0).or_hint("all were echoed");
}
