//! Criteria of the servers that end in order on Ctrl+C and SIGTERM. Unix has signals; on Windows nothing can press
//! Ctrl+C for another process, so there this isn't compiled.

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
        clients[client].expect(message).or_hint("echo what is sent");
    }
    clients[2].send("TIME\n");
    clients[2].expect_line().or_hint("answer TIME");
    clients
}

fn ended(server: &Server, clients: Vec<grader::Client>) {
    for mut client in clients {
        client
            .expect_end()
            .or_hint("at the end close every connection; that also wakes the thread that reads from it");
    }
    server.expect_exit(0).or_hint("when all threads are joined, return from main: exit code 0");
    stopped(server, "Server stopped: 3 connections, 5 messages");
}

#[test]
fn without_clients_it_ends_as_well() {
    let server = submission().start();
    server.interrupt();
    server.expect_exit(0).or_hint("accept() waits: a connection of the server's own wakes it");
    stopped(&server, "Server stopped: 0 connections, 0 messages");
}

#[test]
fn clients_that_do_not_leave_do_not_hold_up_the_end() {
    let hint =
        "don't wait for clients to leave: after a moment's grace shut down both directions of every socket";
    let server = submission().variable("RUST_LOG", "warn").start();
    let _silent: Vec<_> = (0..20).map(|number| server.connect(&format!("silent {number}"))).collect();
    greet(&server, "echo what is sent");
    let mut glutton = server.connect("glutton");
    glutton.flood(24 * 1024 * 1024);
    server.interrupt();
    server.expect_exit(0).or_hint(hint);
    let last = server.stdout().last_line();
    let says = last.starts_with("Server stopped: 22 connections, ");
    let detail =
        format!("expected \"Server stopped: 22 connections, ...\" as the last line, it was {last:?}");
    server.check(says, Verdict::WrongOutput, &detail).or_hint("count a connection when it is accepted");
}

#[test]
fn what_was_echoed_is_still_delivered() {
    let hint = "shut down writing and let the client read: to close a socket with unread input resets it";
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
        let stats = other.expect_line().or_hint("answer STATS");
        let lines = server.stderr().lines().iter().filter(|line| line.contains(&echoed)).count();
        stats == format!("Messages received: {lines}")
    };
    let met = patience::eventually(all_echoed);
    server.check(met, Verdict::Silent, "the echo of 50,001 bytes didn't arrive").or_hint("echo what is sent");
    server.interrupt();
    server.expect_exit(0).or_hint("Ctrl+C ends the server with exit code 0");
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
    client.expect("Hello\n").or_hint("echo what is sent");
    server.interrupt();
    server.expect_exit(0).or_hint("Ctrl+C ends the server with exit code 0");
    let again = submission().address([port.as_str()]).start();
    greet(&again, "the port can be bound again at once (SO_REUSEADDR, which TcpListener::bind sets)");
}

fn stopped(server: &Server, expected: &str) {
    let last = server.stdout().last_line();
    let detail = format!("expected the last line on standard output to be {expected:?}, it was {last:?}");
    let hint =
        "say what was served as the very last line; connections are those accepted, messages those echoed";
    server.check(last == expected, Verdict::WrongOutput, &detail).or_hint(hint);
}
