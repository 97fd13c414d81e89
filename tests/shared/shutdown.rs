//! How a server ends in order on Ctrl+C and SIGTERM. Unix has signals; on Windows nothing can press
//! Ctrl+C for another process, so there this isn't compiled.

use std::time::{Duration, Instant};

use grader::{Server, Verdict, patience};

use crate::{greet, submission};

/// It exists because it is the plain case: the others here are about one difficulty each.
#[test]
fn ctrl_c_ends_in_order() {
    let server = submission().start();
    let talked = talk(&server);
    server.interrupt();
    ended(&server, talked);
}

#[test]
fn sigterm_ends_in_order_too() {
    let server = submission().start();
    let talked = talk(&server);
    server.terminate();
    ended(&server, talked);
}

/// Three clients and five messages.
fn talk(server: &Server) -> Vec<grader::Client> {
    let mut clients: Vec<_> = (0..3).map(|number| server.connect(&format!("client {number}"))).collect();
    for (client, message) in [(0, "one\n"), (1, "two\n"), (0, "three\n"), (1, "four"), (0, "five\n")] {
        clients[client].send(message);
        clients[client].expect(message).or_hint("A message didn't come back as it was sent");
    }
    clients[2].send("TIME\n");
    clients[2].expect_line().or_hint("TIME wasn't answered");
    clients
}

fn ended(server: &Server, clients: Vec<grader::Client>) {
    for mut client in clients {
        client
            .expect_end()
            .or_hint("A client's connection wasn't closed at the end. Close every connection; that also wakes the thread that reads from it");
    }
    server
        .expect_exit(0)
        .or_hint("The server didn't end with exit code 0. When all threads are joined, return from main");
    stopped(server, "Server stopped: 3 connections, 5 messages");
}

#[test]
fn without_clients_it_ends_as_well() {
    let server = submission().start();
    server.interrupt();
    server.expect_exit(0).or_hint("Without a client the server didn't end. The main thread probably still waits in accept: something has to wake it");
    stopped(&server, "Server stopped: 0 connections, 0 messages");
}

/// On a busy machine one end may take longer, but not one after another.
#[test]
fn clients_that_do_not_leave_do_not_hold_up_the_end() {
    const TRIES: usize = 3;
    const SOON: Duration = Duration::from_millis(2500); // 2 s, and some for a busy machine
    let hint = "The server didn't end within 2 s of Ctrl+C while some clients stayed silent and one read nothing. Don't wait for \
                clients to leave: after a moment's grace shut down both directions of every socket";
    let mut took = Duration::MAX;
    for _ in 0..TRIES {
        let server = submission().variable("RUST_LOG", "warn").start();
        let _silent: Vec<_> = (0..20).map(|number| server.connect(&format!("silent {number}"))).collect();
        greet(&server, "A new client wasn't served while 20 others were silent");
        let mut glutton = server.connect("glutton");
        glutton.flood(24 * 1024 * 1024);
        let start = Instant::now();
        server.interrupt();
        server.expect_exit(0).or_hint(hint);
        took = start.elapsed();
        let last = server.stdout().last_line();
        let right = last.starts_with("Server stopped: 22 connections, ");
        let detail =
            format!("expected \"Server stopped: 22 connections, ...\" as the last line, it was {last:?}");
        server
            .check(right, Verdict::WrongOutput, &detail)
            .or_hint("The last line doesn't count every connection. Count each when it is accepted");
        if took <= SOON {
            return;
        }
    }
    let detail = format!("three times it took longer than 2 s to end, the last time {took:.1?}");
    submission().start().check(false, Verdict::Late, &detail).or_hint(hint);
}

#[test]
fn what_was_echoed_is_still_delivered() {
    let hint = "A client that read its echo only after the end didn't get all of it. To close a socket with unread input resets the \
                connection: shut down writing first, and let the client read";
    let server = submission().start();
    let mut reader = server.connect("late reader");
    let message = "x".repeat(50_000) + "\n";
    reader.send(&message);
    // STATS tells when the echo is on its way; the message may have come in pieces.
    let mut other = server.connect("other");
    let echoed = format!("Echoed to {}: '", reader.address());
    let all_echoed = || {
        if reader.waiting() < message.len() {
            return false;
        }
        other.send("STATS\n");
        let stats = other.expect_line().or_hint("STATS wasn't answered");
        let lines = server.stderr().lines().iter().filter(|line| line.contains(&echoed)).count();
        stats == format!("Messages received: {lines}")
    };
    let met = patience::eventually(all_echoed);
    server
        .check(met, Verdict::Silent, "the echo of 50,001 bytes didn't arrive")
        .or_hint("A message didn't come back as it was sent");
    server.interrupt();
    server.expect_exit(0).or_hint("Ctrl+C didn't end the server with exit code 0");
    reader.expect(&message).or_hint(hint);
    reader.expect_end().or_hint(hint);
}

#[test]
fn the_port_is_free_again() {
    // Nobody else is given it between the end and the next start.
    let port = grader::free_port().to_string();
    let server = submission().address([port.as_str()]).start();
    let mut client = server.connect("client");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("A message didn't come back as it was sent");
    server.interrupt();
    server.expect_exit(0).or_hint("Ctrl+C didn't end the server with exit code 0");
    let again = submission().address([port.as_str()]).start();
    greet(
        &again,
        "After Ctrl+C the port can't be bound again immediately. A listener needs SO_REUSEADDR for that, which the one of the standard library sets",
    );
}

fn stopped(server: &Server, expected: &str) {
    let last = server.stdout().last_line();
    let detail = format!("expected the last line on standard output to be {expected:?}, it was {last:?}");
    let hint = "The last line on standard output isn't the one that counts. Print it when everything else is done; connections are those accepted, messages those echoed";
    server.check(last == expected, Verdict::WrongOutput, &detail).or_hint(hint);
}
