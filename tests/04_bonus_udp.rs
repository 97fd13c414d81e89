//! The tests of step 04: every datagram goes back to its sender, unchanged, one for one.

use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use grader::{Server, Verdict, patience};

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
    let hint = "A datagram didn't come back as it was sent. To receive one also returns who sent it and how long it is: send exactly \
                that much back to that address";
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    for message in ["Hello", "Hello, again\n", "x", "QUIT", "STATS\n"] {
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
        sender
            .expect(message)
            .or_hint("Bytes that aren't UTF-8 text were lost or changed. Send back the bytes themselves");
    }
}

#[test]
fn a_datagram_of_any_size_goes_back_whole() {
    let hint = "A large datagram came back short, or not at all. One that is larger than the buffer is cut or refused: make room for the \
                largest that there is";
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
        sender.expect("").or_hint("An empty datagram didn't come back. UDP has no connection that could end, so 0 bytes are a datagram like any other");
    }
    sender.send("more");
    sender.expect("more").or_hint("After an empty datagram no other came back");
}

#[test]
fn each_datagram_goes_back_once() {
    let hint = "Some datagram came back twice, or not at all. Each has one echo";
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
                .or_hint("A sender didn't get its own datagram back. Answer the sender of this datagram, not an earlier one");
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
        greet(
            &server,
            "No datagram came back any more after one whose sender had gone. An error about one datagram is no reason to end: complain, and receive the next",
        );
    }
}

#[test]
fn each_datagram_is_a_line_unless_quiet() {
    let hint = "A datagram came back, and no line says so. Print for each how many bytes came from whom, unless --quiet is given";
    let server = submission().start();
    for number in 0..3 {
        let mut sender = server.datagrams(&format!("sender {number}"));
        for message in ["Hello", "", "Hello again"] {
            sender.send(message);
            sender.expect(message).or_hint("A datagram didn't come back");
            let line = format!("Received {} bytes from {}", message.len(), sender.address());
            server.stdout().expect_line(&line).or_hint(hint);
        }
    }
}

#[cfg(unix)]
#[test]
fn quiet_leaves_the_lines_out() {
    let server = submission().options(["--quiet"]).start();
    greet(&server, "With --quiet no datagram came back. The option changes only what is printed");
    server.interrupt();
    server.expect_exit(0).or_hint(END);
    let lines = server.stdout().lines();
    let detail = format!("expected the first line and \"Server stopped: 1 datagrams\", printed {lines:?}");
    let two = lines.len() == 2 && lines[1] == "Server stopped: 1 datagrams";
    server
        .check(two, Verdict::WrongOutput, &detail)
        .or_hint("With --quiet, \"Received\" is left out and the other lines stay");
}

#[test]
fn output_that_nobody_hears_does_not_stop_the_server() {
    let server = submission().unheard().start();
    for _ in 0..3 {
        greet(
            &server,
            "The server stopped when nobody read its output any more. println! panics then; use the macros of the crate `support`, which go on",
        );
    }
}

#[cfg(unix)]
#[test]
fn closed_output_does_not_stop_the_server() {
    let server = submission().without_output(grader::free_port()).start();
    let mut sender = server.datagrams("sender");
    // What comes before it listens is lost.
    let mut answers = false;
    patience::eventually_within(Duration::from_secs(20), || {
        sender.send("Hello");
        std::thread::sleep(Duration::from_millis(20));
        answers = !sender.is_silent();
        answers || server.has_ended()
    });
    server.check(answers, Verdict::Silent, "no datagram came back").or_hint(
        "With standard output and standard error closed, no datagram comes back. To print fails then, or writes into the first \
         file that is opened: perhaps the socket",
    );
}

#[cfg(unix)]
const COUNT: &str =
    "The last line on standard output doesn't count the datagrams that went back, or isn't the last";

#[cfg(unix)]
const END: &str = "Ctrl+C didn't end the server with exit code 0. The main thread probably still waits for a datagram: something has to wake it, \
     and to say why";

#[cfg(unix)]
#[test]
fn ctrl_c_ends_in_order() {
    let server = submission().start();
    let mut sender = server.datagrams("sender");
    for message in ["one", "", "three"] {
        sender.send(message);
        sender.expect(message).or_hint("A datagram didn't come back");
    }
    server.interrupt();
    server.expect_exit(0).or_hint(END);
    stopped(&server, 3, COUNT);
}

/// On a busy machine one end may take longer, but not one after another.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_within_two_seconds() {
    const TRIES: usize = 3;
    const SOON: Duration = Duration::from_millis(2500); // 2 s, and some for a busy machine
    for attempt in 1..=TRIES {
        let server = submission().start();
        greet(&server, "A datagram didn't come back");
        let start = Instant::now();
        server.interrupt();
        server.expect_exit(0).or_hint(END);
        let took = start.elapsed();
        if took < SOON {
            return;
        }
        let detail = format!("it took {took:.1?} to end");
        server.check(attempt < TRIES, Verdict::Late, &detail).or_hint(END);
    }
}

#[cfg(unix)]
#[test]
fn sigterm_ends_in_order_too() {
    let server = submission().start();
    server.terminate();
    server.expect_exit(0).or_hint("SIGTERM didn't end the server with exit code 0. It is a signal of its own: ctrlc has a feature that handles it like Ctrl+C");
    stopped(&server, 0, COUNT);
}

/// Only root may send from a port below 1024, or claim to be somebody else.
#[cfg(target_os = "linux")]
mod ping_pong {
    use std::thread;

    use super::{Duration, Verdict, greet, submission};

    const SKIPPED: &str = "this test needs the rights of root: nothing is tested";
    const SOON: Duration = Duration::from_millis(300);

    #[test]
    fn a_well_known_port_is_not_answered() {
        let server = submission().start();
        // The one that is free and permitted, from the top.
        let Some(mut service) =
            (1000..1024).rev().find_map(|port| server.datagrams_from(port, "service").ok())
        else {
            println!("{SKIPPED}");
            return;
        };
        service.send("ping");
        greet(
            &server,
            "No datagram came back any more after one from a well-known port. Drop that one, and go on",
        );
        thread::sleep(SOON); // an answer that was on its way would have come
        let detail = "a datagram from a port below 1024 was answered";
        server.check(service.is_silent(), Verdict::WrongBytes, detail).or_hint(
            "A datagram from a well-known port was answered. No client has such a port, but another echo service has, and would \
             answer in turn, forever: drop it",
        );
    }

    #[test]
    fn a_datagram_from_the_server_itself_is_not_answered() {
        let server = submission().start();
        if grader::forge_datagram(server.address(), server.address(), b"ping").is_err() {
            println!("{SKIPPED}");
            return;
        }
        greet(
            &server,
            "No datagram came back any more after one that claimed to come from the server. Drop that one, and go on",
        );
        thread::sleep(SOON); // long enough for thousands of rounds
        let from_itself = format!(" from {}", server.address());
        let rounds = server.stdout().lines().iter().filter(|line| line.ends_with(&from_itself)).count();
        let detail = format!("it received {rounds} datagrams from itself, where one was sent");
        server.check(rounds <= 1, Verdict::WrongBytes, &detail).or_hint(
            "A datagram that claimed to come from the server went round and round: the server answered itself. The address of a \
             sender can be forged, so compare it with your own",
        );
    }
}

#[cfg(unix)]
fn stopped(server: &Server, datagrams: u64, hint: &str) {
    let expected = format!("Server stopped: {datagrams} datagrams");
    let last = server.stdout().last_line();
    let detail = format!("expected the last line on standard output to be {expected:?}, it was {last:?}");
    server.check(last == expected, Verdict::WrongOutput, &detail).or_hint(hint);
}
