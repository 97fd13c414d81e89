//! Criteria of the server that has many clients and few threads.

use grader::{Client, Server};

use crate::quiet;

/// Clients that have been served once, and are silent now.
fn crowd(server: &Server, wanted: usize) -> Vec<Client> {
    /// So many come at once: no more than a listener's queue holds, be it as short as `listen(5)`.
    const GROUP: usize = 5;
    let mut clients: Vec<Client> = Vec::new();
    let wanted = grader::crowd(wanted);
    while clients.len() < wanted {
        let numbers = clients.len()..wanted.min(clients.len() + GROUP);
        let mut group: Vec<_> = numbers.map(|number| server.connect(&format!("client {number}"))).collect();
        for client in &mut group {
            client.send("Hello\n");
        }
        for client in &mut group {
            client
                .expect("Hello\n")
                .or_hint("a client costs a descriptor and a place in a table: let all of them in");
        }
        clients.append(&mut group);
    }
    clients
}

#[test]
fn a_thousand_clients_are_served_whoever_speaks() {
    let server = quiet().start();
    let mut clients = crowd(&server, 1000);
    for client in clients.iter_mut().rev().step_by(3) {
        client.send("awake\n");
    }
    for client in clients.iter_mut().rev().step_by(3) {
        client
            .expect("awake\n")
            .or_hint("events come in batches of any size: see to each, and ask for the next ones");
    }
}

/// What is counted comes from Linux: elsewhere these aren't compiled.
#[cfg(target_os = "linux")]
mod costs {
    use std::time::Duration;

    use grader::Verdict;

    use super::crowd;
    use crate::waiting::processor_time;
    use crate::{greet, quiet};

    #[test]
    fn clients_cost_no_threads() {
        /// What a runtime may start for itself when there is work.
        const SLACK: u64 = 32;
        let server = quiet().start();
        greet(&server, "echo what is sent");
        let before = server.threads();
        let clients = crowd(&server, 200);
        let now = server.threads();
        let count = clients.len();
        let detail = format!("{now} threads with {count} clients, where there were {before} with none");
        server
            .check(now <= before + SLACK, Verdict::OutOfBounds, &detail)
            .or_hint("one thread is enough: it asks the system who is ready, and waits for nobody else");
    }

    #[test]
    fn idle_clients_cost_little_memory() {
        const EACH: usize = 32 * 1024;
        let server = quiet().start();
        greet(&server, "echo what is sent");
        let before = server.memory_peak();
        let mut clients = crowd(&server, 300);
        let much = grader::noise(128 * 1024, 1);
        for client in &mut clients {
            client.exchange(&much).or_hint("echo all of it, of each client");
        }
        let grown = server.memory_peak().saturating_sub(before);
        let count = clients.len();
        let detail =
            format!("{count} clients, one after the other, made its memory grow by {} kB", grown / 1000);
        server.check(grown < (count * EACH) as u64, Verdict::OutOfBounds, &detail).or_hint(
            "one buffer to read into is enough for all; what was owed to a client is freed when it is paid",
        );
    }

    /// It exists because a server that asks all sockets in turn, now and then, seems idle while they are few.
    #[test]
    fn idle_clients_cost_no_processor_time() {
        let server = quiet().start();
        let clients = crowd(&server, 500);
        let (seconds, used) = processor_time(&server, Duration::from_millis(40));
        let count = clients.len();
        let detail =
            format!("in {seconds} s with {count} silent clients it used {used:.1?} of processor time");
        server
            .check(used < Duration::from_millis(200), Verdict::OutOfBounds, &detail)
            .or_hint("don't ask each socket in turn: the system tells which of them are ready");
    }
}
