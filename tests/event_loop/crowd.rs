//! What many clients cost a server that has few threads.

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
                .or_hint("Not all of many clients are served. A client costs a descriptor and a place in a table: let all of them in");
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
            .or_hint("Of a thousand clients some that spoke weren't answered. Events come in batches of any size: handle each, and ask for the next ones");
    }
}

/// What is counted comes from Linux: elsewhere these aren't compiled.
#[cfg(target_os = "linux")]
mod costs {
    use std::thread;
    use std::time::Duration;

    use grader::{Client, Verdict};

    use super::crowd;
    use crate::waiting::processor_time;
    use crate::{greet, quiet};

    #[test]
    fn clients_cost_no_threads() {
        /// What a runtime may start for itself when there is work.
        const SLACK: u64 = 32;
        let server = quiet().start();
        greet(&server, "A message didn't come back as it was sent");
        let before = server.threads();
        let clients = crowd(&server, 200);
        let now = server.threads();
        let count = clients.len();
        let detail = format!("{now} threads with {count} clients, where there were {before} with none");
        server
            .check(now <= before + SLACK, Verdict::OutOfBounds, &detail)
            .or_hint("The number of threads grows with the number of clients. One thread is enough: it asks the kernel which sockets are ready, and waits for no single client");
    }

    /// As many clients come before, and exchange more: what a language that collects garbage holds of that is not the clients'.
    #[test]
    fn idle_clients_cost_little_memory() {
        const EACH: usize = 32 * 1024;
        const COUNT: usize = 300;
        let echo = "A client among many didn't get all of its echo";
        let server = quiet().start();
        let much = grader::noise(128 * 1024, 1);
        let exchange = |clients: &mut [Client]| {
            // Some at once, as an echo may take a while without TCP_NODELAY.
            for some in clients.chunks_mut(10) {
                let checks: Vec<_> = thread::scope(|scope| {
                    let talk = |client| scope.spawn(|| Client::exchange(client, &much));
                    let talkers: Vec<_> = some.iter_mut().map(talk).collect();
                    talkers.into_iter().map(|talker| talker.join().expect("it doesn't panic")).collect()
                });
                for check in checks {
                    check.or_hint(echo);
                }
            }
        };
        let mut first = crowd(&server, COUNT);
        for _ in 0..2 {
            exchange(&mut first);
        }
        let before = server.memory_peak();
        let mut second = crowd(&server, COUNT);
        exchange(&mut second);
        let grown = server.memory_peak().saturating_sub(before);
        let count = second.len();
        let detail =
            format!("{count} more clients that are silent again made its memory grow by {} kB", grown / 1000);
        server.check(grown < (count * EACH) as u64, Verdict::OutOfBounds, &detail).or_hint(
            "Each client that was served once makes the memory grow, although it is silent now. One buffer to read into is enough \
             for all; what a client still has to take is freed when it has taken it",
        );
    }

    /// It exists because a server that asks all sockets in turn, now and then, seems idle while they are few.
    #[test]
    fn idle_clients_cost_no_processor_time() {
        let server = quiet().start();
        let clients = crowd(&server, 500);
        let (seconds, used) = processor_time(&server, Duration::from_millis(40));
        let count = clients.len();
        let detail = format!("in {seconds} s with {count} silent clients it used {used:.1?} of CPU time");
        server
            .check(used < Duration::from_millis(200), Verdict::OutOfBounds, &detail)
            .or_hint("The server works although all clients are silent. Don't ask each socket in turn: the kernel reports which of them are ready");
    }
}
