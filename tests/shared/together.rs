//! What every server does that serves many clients at once.

use std::thread;
use std::time::{Duration, Instant};

use grader::{Client, Server};

use crate::bytes::{LATE, read_long_after_half_close};
use crate::{greet, quiet, submission};

/// It exists because it is what step 02 is about: what fails here fails in many places, and here one sees why.
#[test]
fn a_silent_client_does_not_hold_up_another() {
    let hint = "The second client got no answer while the first was silent. Your loop is probably still reading from the \
                first. Try moving that loop somewhere accept() doesn't have to wait for it";
    let server = submission().start();
    let mut silent = server.connect("silent");
    let mut talker = server.connect("talker");
    talker.send("Hello\n");
    talker.expect("Hello\n").or_hint(hint);
    silent.send("me too\n");
    silent
        .expect("me too\n")
        .or_hint("The client that was silent got no answer when it spoke. It is still there: serve it too");
}

/// It exists because serving in the order of arrival is a mistake of its own, which the others only meet by chance.
#[test]
fn the_last_to_come_may_be_the_first_to_speak() {
    let server = submission().start();
    let mut clients = crowd(&server, 12, "The first clients weren't served");
    for round in 0..3 {
        for client in clients.iter_mut().rev() {
            let message = format!("round {round}\n");
            client.send(&message);
            client
                .expect(&message)
                .or_hint("A client wasn't answered before one that had connected earlier. Clients speak in any order, so none waits for another's turn");
        }
    }
}

/// Some hundreds, as pools of 100, 256 and 512 threads are common; fewer where the machine is very busy. What a server keeps for
/// the next clients is counted on Linux alone.
#[test]
fn hundreds_of_silent_clients_leave_room_for_another() {
    const MANY: usize = 600;
    let full = "After some hundred silent clients the next one isn't served. The number of clients has no limit of \
                your own in this step: a pool of fixed size is full one day";
    let server = quiet().start();
    greet(&server, full);
    #[cfg(target_os = "linux")]
    let before = kept(&server);
    let mut clients = crowd(&server, MANY, full);
    for client in clients.iter_mut().step_by(50) {
        client.send("awake\n");
        client.expect("awake\n").or_hint(
            "A client among hundreds that was silent at first isn't served when it speaks. Serve each of them whenever \
             something comes",
        );
    }
    drop(clients);
    #[cfg(target_os = "linux")]
    {
        /// Threads or processes that wait for the next clients.
        const IDLE: u64 = 16;
        /// Threads that a runtime starts for itself when there is work.
        const RUNTIME: u64 = 16;
        let settled = grader::patience::eventually(|| kept(&server) <= before + IDLE + RUNTIME);
        let now = kept(&server);
        let detail = format!("{now} threads and processes when all have left, where there were {before}");
        server.check(settled, grader::Verdict::OutOfBounds, &detail).or_hint(
            "Hundreds of clients have left, and the threads or processes that served them are still there. Let each end \
             with its client; a pool may keep 16",
        );
    }
}

/// Streams of many lengths: of some the kernel holds all that is still to be sent, of others the server some, and the end
/// of the stream has reached it.
#[test]
fn clients_that_read_long_after_their_half_close_get_every_byte() {
    const STEP: usize = 768 * 1024;
    let server = quiet().start();
    let mut clients = crowd(&server, 10, "The first clients weren't served");
    let checks: Vec<_> = thread::scope(|scope| {
        let readers: Vec<_> = clients
            .iter_mut()
            .zip(1..)
            .map(|(client, number)| scope.spawn(move || read_long_after_half_close(client, number * STEP)))
            .collect();
        readers.into_iter().map(|reader| reader.join().expect("it doesn't panic")).collect()
    });
    for check in checks {
        check.or_hint(LATE);
    }
}

/// Silent clients that are let in, not only waiting in the listener's queue: that may be as short as in a Python tutorial,
/// `listen(1)`. As clients are let in in order, one that is served shows that those before it are.
fn crowd(server: &Server, wanted: usize, hint: &str) -> Vec<Client> {
    const GROUP: usize = 2;
    const FEW: usize = 120;
    const LONG: Duration = Duration::from_secs(10);
    let mut clients = Vec::new();
    let wanted = grader::crowd(wanted);
    let start = Instant::now();
    while clients.len() < wanted && (clients.len() < FEW || start.elapsed() < LONG) {
        let numbers = clients.len()..clients.len() + GROUP;
        clients.extend(numbers.map(|number| server.connect(&format!("client {number}"))));
        greet(server, hint);
    }
    clients
}

#[cfg(target_os = "linux")]
fn kept(server: &Server) -> u64 {
    server.threads() + server.processes() as u64
}

#[test]
fn no_client_gets_what_is_anothers() {
    let server = quiet().start();
    let mut clients = crowd(&server, 40, "The first clients weren't served");
    for round in 0..15 {
        let message =
            |number: usize| format!("client {number} in round {round} {}\n", "-".repeat(number * 10));
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(message(number));
        }
        for (number, client) in clients.iter_mut().enumerate().rev() {
            client.expect(message(number)).or_hint(
                "A client didn't get exactly its own bytes while others were talking. Something that belongs to one client is shared by all, such as a buffer. Give each client its own",
            );
        }
    }
}

#[test]
fn a_client_that_never_reads_does_not_hold_up_another() {
    let server = quiet().start();
    let mut talker = server.connect("talker");
    let mut glutton = server.connect("glutton");
    glutton.flood(24 * 1024 * 1024);
    let hint = "A client wasn't served while another one never read its echo. A write to that one waits forever. Look for \
                what the others wait for in the meantime: the same thread, or a lock that is held";
    talker.send("Hello\n");
    talker.expect("Hello\n").or_hint(hint);
    greet(&server, hint);
}

#[test]
fn a_reset_of_one_client_is_nothing_to_another() {
    let server = submission().start();
    let mut talker = server.connect("talker");
    for _ in 0..10 {
        let mut crasher = server.connect("crasher");
        crasher.send("Hello\n");
        crasher.reset();
        talker.send("still here\n");
        talker
            .expect("still here\n")
            .or_hint("A client wasn't served after another one's connection was reset. An error of one client's socket ends the service of that client alone");
    }
}
