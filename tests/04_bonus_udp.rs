//! The criteria of step 04: every datagram goes back to its sender, unchanged, one for one.

use std::io;
use std::net::UdpSocket;

use grader::{Server, Verdict};

grader::step!("04_bonus_udp");

#[path = "shared/command_line.rs"]
mod command_line;

/// Linux and Windows send datagrams of up to 65,507 bytes: 65,535 less the headers of IPv4 and UDP. macOS sends no more
/// than its sysctl net.inet.udp.maxdgram allows.
const LARGEST: usize = if cfg!(target_os = "macos") { 9_216 } else { 65_507 };

/// Has a datagram of a new sender echoed.
fn greet(server: &Server, hint: &str) {
    let mut sender = server.datagrams("new sender");
    sender.send("Hello");
    sender.expect("Hello").or_hint(hint);
}

/// Takes a port of the host, so that the server can't have it; 0 for any.
fn occupy(host: &str, port: u16) -> io::Result<UdpSocket> {
    UdpSocket::bind((host, port))
}

#[test]
fn a_datagram_goes_back_to_its_sender() {
    let hint = "recv_from() tells who sent: send_to() there just the bytes that came";
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    for message in ["Hello", "Hello, again\n", "x"] {
        sender.send(message);
        sender.expect(message).or_hint(hint);
    }
}

#[test]
fn bytes_that_are_no_text_go_back() {
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    let every_byte: Vec<u8> = (0..=255).collect();
    for message in [&every_byte[..], b"\xff\xfe\0", b"\xc3", b"\n"] {
        sender.send(message);
        sender.expect(message).or_hint("send back the bytes themselves; not all bytes are UTF-8");
    }
}

#[test]
fn a_datagram_of_any_size_goes_back_whole() {
    let hint = "a datagram larger than the buffer is cut without a word: 65,535 bytes hold any";
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    for size in [1, 512, 1472, 1473, 4096, 4097, 8193, 9000, 16_385, 32_769, LARGEST - 1, LARGEST] {
        let message: Vec<u8> = (0..size).map(|place| (place % 251).to_le_bytes()[0]).collect();
        sender.send(&message);
        sender.expect(&message).or_hint(hint);
    }
}

#[test]
fn an_empty_datagram_goes_back_too() {
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    for _ in 0..3 {
        sender.send("");
        sender.expect("").or_hint("0 bytes are no end here: UDP has no connection that could end");
    }
    sender.send("more");
    sender.expect("more").or_hint("after an empty datagram the server goes on");
}

#[test]
fn each_datagram_goes_back_once() {
    let hint = "one echo for each datagram, no more and no fewer";
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    for round in 0..50 {
        let messages: Vec<String> = (0..4).map(|number| format!("round {round} number {number}")).collect();
        for message in &messages {
            sender.send(message);
        }
        // UDP promises no order.
        let mut echoes: Vec<String> = (0..4)
            .map(|_| String::from_utf8_lossy(&sender.expect_any().or_hint(hint)).into_owned())
            .collect();
        echoes.sort_unstable();
        let detail = format!("sent {messages:?}\nreceived {echoes:?}");
        server.check(echoes == messages, Verdict::WrongBytes, &detail).or_hint(hint);
    }
    sender.send("the end");
    sender.expect("the end").or_hint(hint);
}

#[test]
fn every_sender_gets_its_own() {
    let server = submission().start();
    let mut senders: Vec<_> = (0..100).map(|number| server.datagrams(&format!("sender {number}"))).collect();
    for round in 0..3 {
        for (number, sender) in senders.iter_mut().enumerate() {
            sender.send(format!("sender {number} in round {round}"));
        }
        for (number, sender) in senders.iter_mut().enumerate().rev() {
            let message = format!("sender {number} in round {round}");
            sender
                .expect(message)
                .or_hint("answer the sender that recv_from() has just told, not an earlier one");
        }
    }
}

#[test]
fn a_sender_that_has_gone_is_no_trouble() {
    let server = submission().start();
    for _ in 0..20 {
        // A port that the system gives to nobody else: who got it now would get the answer, too.
        let mut gone = server.datagrams_from(grader::free_port(), "gone").expect("the port is free");
        gone.send("nobody will read the answer");
        drop(gone);
        greet(&server, "an error about one datagram is no reason to end: say it, and receive the next");
    }
}

#[test]
fn each_datagram_is_a_line_unless_quiet() {
    let hint = "say how many bytes came from whom, unless --quiet is given";
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    sender.send("Hello");
    sender.expect("Hello").or_hint("echo what is sent");
    sender.send("");
    sender.expect("").or_hint("echo what is sent, also nothing");
    for count in [5, 0] {
        let line = format!("Received {count} bytes from {}", sender.address());
        server.stdout().expect_line(&line).or_hint(hint);
    }
}

#[cfg(unix)]
#[test]
fn quiet_leaves_the_lines_out() {
    let server = submission().options(["--quiet"]).start();
    greet(&server, "with --quiet the echo stays");
    server.interrupt();
    server.expect_exit(0).or_hint(END);
    let lines = server.stdout().lines();
    let detail = format!("expected the first line and \"Server stopped: 1 datagrams\", printed {lines:?}");
    let two = lines.len() == 2 && lines[1] == "Server stopped: 1 datagrams";
    server.check(two, Verdict::WrongOutput, &detail).or_hint("with --quiet, \"Received\" is left out");
}

#[test]
fn output_that_nobody_hears_does_not_stop_the_server() {
    let server = submission().unheard().start();
    for _ in 0..3 {
        greet(&server, "println! panics when the pipe is closed; say! goes on");
    }
}

#[cfg(unix)]
const COUNT: &str = "count the datagrams that went back, and say it as the last line";

#[cfg(unix)]
const END: &str =
    "recv_from() waits: on Ctrl+C a datagram from the server to itself wakes it, and a flag says why";

#[cfg(unix)]
#[test]
fn ctrl_c_ends_in_order() {
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    for message in ["one", "", "three"] {
        sender.send(message);
        sender.expect(message).or_hint("echo what is sent");
    }
    server.interrupt();
    server.expect_exit(0).or_hint(END);
    stopped(&server, 3, COUNT);
}

#[cfg(unix)]
#[test]
fn sigterm_ends_in_order_too() {
    let server = submission().start();
    server.terminate();
    server.expect_exit(0).or_hint("ctrlc's feature `termination` handles SIGTERM like Ctrl+C");
    stopped(&server, 0, COUNT);
}

/// Only root may send from a port below 1024, or claim to be somebody else.
#[cfg(target_os = "linux")]
mod ping_pong {
    use super::{END, greet, stopped, submission};

    const SKIPPED: &str = "this criterion needs the rights of root: nothing is graded";

    #[test]
    fn a_well_known_port_is_not_answered() {
        let hint = "no client sends from a port below 1024, but another echo service might, and so for ever: drop it";
        let server = submission().start();
        // The one that is free and permitted, from the top.
        let Some(mut service) =
            (1000..1024).rev().find_map(|port| server.datagrams_from(port, "service").ok())
        else {
            println!("{SKIPPED}");
            return;
        };
        service.send("ping");
        greet(&server, "a datagram that is dropped is no reason to end");
        server.interrupt();
        server.expect_exit(0).or_hint(END);
        stopped(&server, 1, hint);
    }

    #[test]
    fn a_datagram_from_the_server_itself_is_not_answered() {
        let hint =
            "a sender's address can be forged: what claims to come from this server would go round for ever";
        let server = submission().options(["--quiet"]).start();
        if grader::forge_datagram(server.address(), server.address(), b"ping").is_err() {
            println!("{SKIPPED}");
            return;
        }
        greet(&server, "a datagram that is dropped is no reason to end");
        server.interrupt();
        server.expect_exit(0).or_hint(END);
        stopped(&server, 1, hint);
    }
}

#[cfg(unix)]
fn stopped(server: &Server, datagrams: u64, hint: &str) {
    let expected = format!("Server stopped: {datagrams} datagrams");
    let last = server.stdout().last_line();
    let detail = format!("expected the last line on standard output to be {expected:?}, it was {last:?}");
    server.check(last == expected, Verdict::WrongOutput, &detail).or_hint(hint);
}
