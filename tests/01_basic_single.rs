//! The criteria of step 01: one client at a time, every byte back, each event on the screen.

use std::net::SocketAddr;

use grader::{Submission, Verdict};

grader::step!("01_basic_single");

#[path = "shared/bytes.rs"]
mod bytes;
#[path = "shared/command_line.rs"]
mod command_line;
#[cfg(unix)]
#[path = "shared/interrupt.rs"]
mod interrupt;
#[cfg(target_os = "linux")]
#[path = "shared/leaving.rs"]
mod leaving;
#[path = "shared/nothing_more.rs"]
mod nothing_more;
#[path = "shared/screen.rs"]
mod screen;
#[cfg(target_os = "linux")]
#[path = "shared/shortage.rs"]
mod shortage;
#[path = "shared/survival.rs"]
mod survival;
#[path = "shared/tcp.rs"]
mod tcp;
#[cfg(target_os = "linux")]
#[path = "shared/waiting.rs"]
mod waiting;

use tcp::{greet, occupy};

/// For criteria that send so much that its output would only take time.
fn quiet() -> Submission {
    submission().options(["--quiet"])
}

/// How this step words its events.
fn received(_peer: SocketAddr) -> String {
    "Received: ".into()
}

fn echoed(_peer: SocketAddr) -> String {
    "Echoed: ".into()
}

fn closed(_peer: SocketAddr) -> String {
    "Connection closed".into()
}

#[test]
fn one_client_at_a_time_is_served_the_next_when_it_leaves() {
    let server = submission().start();
    let mut first = server.connect("first");
    first.send("one\n");
    first.expect("one\n").or_hint("echo what is sent");
    let mut second = server.connect("second");
    second.send("two\n");
    for _ in 0..100 {
        first.send("more\n");
        first
            .expect("more\n")
            .or_hint("the next client waits while the first is served; the first must not notice");
    }
    let (first_peer, second_peer) = (first.address(), second.address());
    first.close();
    second.expect("two\n").or_hint("when a client leaves, accept the next: it has been waiting");
    let stdout = server.stdout();
    let hint = "in this step each client is served to its end before the next is accepted";
    let came = stdout.expect_line(&format!("Connection from {first_peer}")).or_hint(hint);
    let closed =
        stdout.expect_after(came, "\"Connection closed\"", |line| line == "Connection closed").or_hint(hint);
    let next = stdout.expect_line(&format!("Connection from {second_peer}")).or_hint(hint);
    let detail = "the second client was accepted before the first had left";
    server.check(closed < next, Verdict::WrongOutput, detail).or_hint(hint);
}
