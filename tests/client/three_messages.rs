//! The mode test.

use std::thread;
use std::time::Duration;

use grader::{Client, Peer, Run, Verdict, patience, reference};

use crate::submission;

fn test_of(peer: &Peer) -> (Run, Client) {
    let client = submission().to(peer.address()).options(["test"]).start_client();
    let server = peer.accept(&client);
    (client, server)
}

fn lines(prefix: &str) -> Vec<String> {
    let mut lines = vec!["Connected to server".to_owned()];
    for message in ["Hello", "World", "Test"] {
        lines.extend([format!("Sent: {message}"), format!("Received: {prefix}{message}")]);
    }
    lines.push("3 of 3 messages echoed".into());
    lines
}

/// It exists because this is what the mode is for.
#[test]
fn hello_world_and_test_come_back_from_the_server_of_step_03() {
    let hint = "send Hello, World and Test without a newline, and say what was sent and received";
    for prefix in ["", "Server received: "] {
        let server = reference("03_enhanced").options(["--prefix", prefix]).start();
        let client = submission().to(server.address()).options(["test"]).start_client();
        // An interpreter may have to start first, on a busy machine.
        client.stdout().patiently().expect_lines(&lines(prefix)).or_hint(hint);
        client
            .expect_exit(0)
            .or_hint("a reply that ends with the message is its echo; all echoed is exit code 0");
    }
}

#[test]
fn each_message_awaits_the_echo_of_the_one_before() {
    let hint = "send the next message only when the echo of the one before has come";
    let peer = Peer::listen();
    let (client, mut server) = test_of(&peer);
    for message in ["Hello", "World", "Test"] {
        server.expect(message).or_hint("the messages are sent without a newline");
        thread::sleep(Duration::from_millis(300));
        let early = server.waiting();
        let detail = format!("{early} bytes came before the echo of {message}");
        client.check(early == 0, Verdict::WrongBytes, &detail).or_hint(hint);
        server.send(message);
    }
    client.expect_exit(0).or_hint(hint);
}

#[test]
fn an_echo_may_come_in_pieces() {
    let hint = "TCP may cut a reply anywhere: read on until it ends with the message";
    let peer = Peer::listen();
    let (client, mut server) = test_of(&peer);
    for message in ["Hello", "World", "Test"] {
        server.expect(message).or_hint("send the messages one after the other");
        for piece in ["Echo", ": ", &message[..2], &message[2..]] {
            server.send(piece);
            thread::sleep(Duration::from_millis(50));
        }
    }
    client.expect_exit(0).or_hint(hint);
    client.stdout().expect_lines(&lines("Echo: ")).or_hint(hint);
}

/// It exists because a time limit for each read never comes while something is read.
#[test]
fn an_echo_that_never_ends_is_given_up() {
    let hint = "The reply went on and on, never ended with the message, and the client didn't give up. The time that you wait for an echo \
                is limited in all, not for each read; then the echo is missing: exit code 1";
    let peer = Peer::listen();
    let (client, mut server) = test_of(&peer);
    server.expect("Hello").or_hint("The first message is \"Hello\", without a newline");
    let ends = patience::eventually_within(Duration::from_secs(20), || {
        server.send(".");
        thread::sleep(Duration::from_millis(200));
        client.has_ended()
    });
    client.check(ends, Verdict::Late, "it reads an echo that never ends").or_hint(hint);
    client.expect_exit(1).or_hint(hint);
}

#[cfg(unix)]
#[test]
fn ctrl_z_and_fg_are_no_missing_echo() {
    let hint = "After Ctrl+Z and fg the test failed, although every echo came. A call that waits may be interrupted then, and fails with \
                an error of its own kind: call it again";
    let peer = Peer::listen();
    let (client, mut server) = test_of(&peer);
    for message in ["Hello", "World", "Test"] {
        server.expect(message).or_hint(hint);
        client.pause();
        server.send(message);
    }
    client.expect_exit(0).or_hint(hint);
}

#[test]
fn a_missing_or_different_echo_is_told() {
    let hint = "an echo that is missing or differs: say which, and end with exit code 1";
    let peer = Peer::listen();
    let mut clients = Vec::new();
    for wrong in ["it differs", "it is missing", "the server closes"] {
        let (client, mut server) = test_of(&peer);
        server.expect("Hello").or_hint("send Hello first");
        server.send("Hello");
        server.expect("World").or_hint("then World");
        match wrong {
            "it differs" => server.send("W0rld"),
            "it is missing" => {}
            _ => server.half_close(),
        }
        clients.push((client, server));
    }
    // They wait for what doesn't come, all at the same time.
    for (client, _server) in clients {
        let ends = patience::eventually_within(Duration::from_secs(25), || client.has_ended());
        client
            .check(ends, Verdict::Late, "it waits for an echo that doesn't come")
            .or_hint("wait some seconds at most");
        client.expect_exit(1).or_hint(hint);
        let all = [client.stdout().lines(), client.stderr().lines()].concat();
        let names = all.iter().any(|line| line.contains("World") && !line.starts_with("Sent: "));
        let detail = "World was not echoed, and no line but \"Sent: World\" names it";
        client.check(names, Verdict::WrongOutput, detail).or_hint(hint);
        let praises = all.iter().any(|line| line.starts_with("3 of 3"));
        client.check(!praises, Verdict::WrongOutput, "it says that all were echoed").or_hint(hint);
    }
}
