//! A screen that takes nothing, for the steps from 02 on.

use grader::Server;

use crate::submission;

/// A server whose screen is full.
fn server() -> Server {
    let server = submission().on_a_stopped_screen().start();
    let mut client = server.connect("client");
    let message = "x".repeat(63) + "\n";
    for _ in 0..1000 {
        client.send(&message);
        client.expect(&message).or_hint("print in another thread");
    }
    server
}

#[test]
fn a_stopped_screen_stops_nobody() {
    server();
}

/// On Linux, a thread that is stuck with a lost client is counted, too.
#[test]
fn with_a_stopped_screen_a_client_that_is_reset_stops_nobody() {
    let server = server();
    let mut witness = server.connect("witness");
    #[cfg(target_os = "linux")]
    let before = {
        witness.send("Hello\n");
        witness.expect("Hello\n").or_hint("echo what is sent");
        server.threads()
    };
    for _ in 0..20 {
        let mut client = server.connect("crasher");
        client.send("Hello\n");
        client.expect("Hello\n").or_hint("a new client is served while the screen takes nothing");
        client.reset();
    }
    witness.send("Hello\n");
    witness.expect("Hello\n").or_hint("queue what is reported about a lost client");
    #[cfg(target_os = "linux")]
    assert!(
        grader::patience::eventually(|| server.threads() <= before),
        "{} threads are stuck with clients that are lost",
        server.threads() - before
    );
}
