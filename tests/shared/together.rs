//! Criteria of every server that serves many clients at a time.

use crate::{greet, quiet, submission};

/// It exists because it is what step 02 is about: what fails here fails in many places, and here one sees why.
#[test]
fn a_silent_client_does_not_hold_up_another() {
    let hint = "accept() must go on while a client is served: give each a thread, or wait for all at once";
    let server = submission().start();
    let mut silent = server.connect("silent");
    let mut talker = server.connect("talker");
    talker.send("Hello\n");
    talker.expect("Hello\n").or_hint(hint);
    silent.send("me too\n");
    silent.expect("me too\n").or_hint("the client that was silent is still there: serve it as well");
}

/// It exists because serving in the order of arrival is a mistake of its own, which the others only meet by chance.
#[test]
fn the_last_to_come_may_be_the_first_to_speak() {
    let server = submission().start();
    let mut clients: Vec<_> = (0..10).map(|number| server.connect(&format!("client {number}"))).collect();
    for round in 0..3 {
        for client in clients.iter_mut().rev() {
            let message = format!("round {round}\n");
            client.send(&message);
            client
                .expect(&message)
                .or_hint("clients speak in any order: none waits for one that came before");
        }
    }
}

#[test]
fn a_hundred_silent_clients_leave_room_for_another() {
    let server = submission().start();
    let mut silent = Vec::new();
    // A greeting now and then: what is done for each client takes a while where the machine is busy.
    for number in 1..=100 {
        silent.push(server.connect(&format!("silent {number}")));
        if number % 20 == 0 {
            greet(
                &server,
                "the number of clients has no limit of your own: a pool of threads is full one day",
            );
        }
    }
    for mut client in silent {
        client.send("awake\n");
        client.expect("awake\n").or_hint("each of many clients is served, whenever it speaks");
    }
}

#[test]
fn no_client_gets_what_is_anothers() {
    let server = quiet().start();
    let mut clients: Vec<_> = (0..40).map(|number| server.connect(&format!("client {number}"))).collect();
    for round in 0..15 {
        let message =
            |number: usize| format!("client {number} in round {round} {}\n", "-".repeat(number * 10));
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(message(number));
        }
        for (number, client) in clients.iter_mut().enumerate().rev() {
            client.expect(message(number)).or_hint(
                "what one client sends goes to that client: keep what is still to be written apart for each",
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
    let hint = "write() to a client that never reads waits for ever: hold no lock meanwhile, and serve others elsewhere";
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
            .or_hint("the error of one client's socket ends the service of that client alone");
    }
}

/// The numbers come from Linux: elsewhere this isn't compiled.
#[cfg(target_os = "linux")]
#[test]
fn clients_that_have_gone_leave_neither_thread_nor_descriptor() {
    use std::thread;
    use std::time::Duration;

    use grader::{Verdict, patience};

    /// What a design may keep for itself, such as idle threads of a pool.
    const SLACK: u64 = 16;
    let server = quiet().start();
    let visit = || {
        let mut clients: Vec<_> = (0..25).map(|_| server.connect("visitor")).collect();
        for client in &mut clients {
            client.send("Hello\n");
            client.expect("Hello\n").or_hint("serve many clients at a time");
        }
    };
    for _ in 0..2 {
        visit();
    }
    // The fewest that are seen count: the threads of the last visitors may still be on their way out.
    let fewest = |count: &dyn Fn() -> u64| {
        let later = |_| {
            thread::sleep(Duration::from_millis(30));
            count()
        };
        (0..4).map(later).min().expect("it was counted")
    };
    let threads = || server.threads();
    let files = || server.open_files() as u64;
    let before = (fewest(&threads), fewest(&files));
    for _ in 0..10 {
        visit();
    }
    let settled = patience::eventually(|| threads() <= before.0 + SLACK && files() <= before.1 + SLACK);
    let (threads, files) = (threads(), files());
    let detail = format!(
        "after 250 more clients: {threads} threads where there were {}, {files} open files where there were {}",
        before.0, before.1
    );
    let hint = "when a client has gone its thread ends, its socket is dropped, and no list keeps it";
    server.check(settled, Verdict::OutOfBounds, &detail).or_hint(hint);
}
