//! Criteria of the servers that say on standard output what they do.

use grader::Verdict;

use crate::{closed, echoed, quiet, received, submission};

#[test]
fn each_event_is_a_line_in_order() {
    let server = submission().start();
    let mut client = server.connect("client");
    let peer = client.address();
    client.send("Hello, Server!\r\n");
    client.expect("Hello, Server!\r\n").or_hint("echo what is sent");
    client.close();
    let lines = [
        format!("Connection from {peer}"),
        received(peer) + "Hello, Server!",
        echoed(peer) + "Hello, Server!",
        closed(peer),
    ];
    let hint = "say! each event when it happens: \"Received\" after read(), \"Echoed\" after write_all(), \"Connection \
                closed\" when read() has returned 0";
    server.stdout().expect_lines(&lines).or_hint(hint);
}

#[test]
fn the_end_of_a_lost_client_is_a_line_too() {
    let server = submission().start();
    let mut client = server.connect("crasher");
    let peer = client.address();
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("echo what is sent");
    client.reset();
    let hint = "an error of read() ends the visit too: say \"Connection closed\" after it as well";
    server.stdout().expect_line(&closed(peer)).or_hint(hint);
}

#[test]
fn quiet_leaves_out_what_was_said() {
    let server = quiet().start();
    let mut client = server.connect("client");
    let peer = client.address();
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("with --quiet the echo stays");
    client.close();
    let lines = [format!("Connection from {peer}"), closed(peer)];
    let hint = "with --quiet, \"Received\" and \"Echoed\" are left out and the other lines stay";
    server.stdout().expect_lines(&lines).or_hint(hint);
}

#[test]
fn what_a_client_sends_cannot_forge_a_line() {
    let hint = "show what a client sent with printable(): it escapes line breaks and control characters";
    let message = "x\nConnection closed\nConnection closed: 1.2.3.4:5\n\x1b[2J";
    let server = submission().start();
    let mut client = server.connect("forger");
    let echoed = echoed(client.address()) + "x";
    client.send(message);
    client.expect(message).or_hint("echo the bytes unchanged; only the screen gets them escaped");
    let description = format!("the message, beginning with {echoed:?}");
    server.stdout().expect_after(0, &description, |line| line.starts_with(&echoed)).or_hint(hint);
    // The client is still connected: no line may say otherwise.
    let raw = |line: &String| line.starts_with("Connection closed") || line.contains(char::is_control);
    let forged = server.stdout().lines().into_iter().find(raw);
    let detail = "this line was made by the client";
    server.expect_none(forged, Verdict::WrongOutput, detail).or_hint(hint);
}

#[test]
fn a_long_message_is_cut_on_the_screen() {
    let server = submission().start();
    let mut client = server.connect("client");
    let start = received(client.address()) + "x";
    let message = "x".repeat(2000);
    client.send(&message);
    client.expect(&message).or_hint("echo all of it; only the screen gets it cut");
    let description = format!("{start:?}, and of the message at most 80 characters");
    let cut = |line: &str| line.starts_with(&start) && (60..=80).contains(&line.matches('x').count());
    server
        .stdout()
        .expect_after(0, &description, cut)
        .or_hint("show what a client sent with printable(): it cuts");
}
