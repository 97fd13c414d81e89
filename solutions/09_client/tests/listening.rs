//! What the reference shows of a server that never pauses.

use std::thread;
use std::time::{Duration, Instant};

use grader::{Peer, patience};

grader::step!("09_client");

/// Sends `piece` again and again until the client shows a line that begins like `shown`.
fn is_shown_while_the_server_talks(piece: &str, shown: &str) {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).piped().start_client();
    let mut server = peer.accept(&client);
    let is_shown = || client.stdout().lines().iter().any(|line| line.starts_with(shown));
    let deadline = Instant::now() + Duration::from_secs(5);
    while !is_shown() {
        assert!(Instant::now() < deadline, "nothing is shown as long as the server talks");
        server.send(piece);
    }
}

#[test]
fn lines_are_shown_while_others_come() {
    is_shown_while_the_server_talks("tick\n", "Server: tick");
}

#[test]
fn a_line_without_an_end_is_shown_in_pieces() {
    is_shown_while_the_server_talks(&"x".repeat(1000), "Server: xxx");
}

/// On a busy machine a pause may be longer than the client waits, or shorter than it needs to read: so it is tried many times.
#[test]
fn the_rest_of_a_line_is_waited_for() {
    for _ in 0..10 {
        let peer = Peer::listen();
        let client = submission().to(peer.address()).piped().start_client();
        let mut server = peer.accept(&client);
        for number in 1..=20 {
            server.send(format!("{number}:"));
            thread::sleep(Duration::from_millis(10));
            server.send(" a line\n");
            let shown = || client.stdout().lines().iter().filter(|line| line.ends_with(" a line")).count();
            assert!(patience::eventually(|| shown() == number), "line {number} is not shown");
        }
        server.close();
        client.expect_exit(0).or_hint("the end of the connection ends it");
        let whole = client.stdout().lines().iter().filter(|line| line.ends_with(": a line")).count();
        if whole >= 10 {
            return;
        }
    }
    panic!("of 20 lines in two pieces, most are shown in pieces, again and again");
}
