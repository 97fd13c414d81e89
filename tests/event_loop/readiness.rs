//! What a server makes of readiness: the kernel reports some of it once, and more of it than is of use.

/// Who has been stopped finds all that has come meanwhile at once. That takes signals: elsewhere these aren't compiled.
#[cfg(unix)]
mod at_once {
    use crate::{greet, quiet};

    /// No more than a listener's queue holds, be it as short as `listen(5)`.
    const SOME: usize = 5;

    /// It exists because elsewhere it takes luck that two come before the server looks.
    #[test]
    fn clients_that_come_together_are_all_let_in() {
        let server = quiet().start();
        greet(&server, "A message didn't come back as it was sent");
        let mut clients: Vec<_> = server
            .while_stopped(|| (0..SOME).map(|number| server.connect(&format!("client {number}"))).collect());
        for client in &mut clients {
            client.send("Hello\n");
        }
        for client in &mut clients {
            client
                .expect("Hello\n")
                .or_hint("Of several clients that came at the same moment not all are served. One event may stand for all of them: accept until it would block");
        }
    }

    /// It exists because elsewhere it takes luck that both come before the server looks.
    #[test]
    fn the_end_may_come_together_with_the_last_message() {
        let hint = "A client's last message came together with its end, and wasn't echoed, or its connection wasn't closed. One event may \
                stand for both: read until it would block, or the end has come";
        let server = quiet().start();
        let message = grader::noise(30_000, 1); // the system takes that much from a client at once
        for _ in 0..3 {
            let mut client = server.connect("client");
            client.send("Hello\n");
            client.expect("Hello\n").or_hint("A message didn't come back as it was sent");
            server.while_stopped(|| {
                client.send(&message);
                client.half_close();
            });
            client.expect(&message).or_hint(hint);
            client.expect_end().or_hint(hint);
        }
    }

    #[test]
    fn who_comes_as_others_leave_gets_nothing_of_theirs() {
        let hint = "A new client got bytes of one that had left, or nothing. A token, or a descriptor, is given away again: what is noted \
                about its last owner has to go with that one";
        let server = quiet().start();
        // Several times, as a busy machine may deliver some of it later.
        for _ in 0..3 {
            let mut clients: Vec<_> =
                (0..SOME).map(|number| server.connect(&format!("old {number}"))).collect();
            for client in &mut clients {
                client.send("Hello\n");
                client.expect("Hello\n").or_hint("A message didn't come back as it was sent");
            }
            let mut newcomers: Vec<_> = server.while_stopped(|| {
                for (number, mut client) in clients.into_iter().enumerate() {
                    client.send("the last words\n");
                    if number % 2 == 0 { client.close() } else { client.reset() }
                }
                (0..SOME).map(|number| server.connect(&format!("new {number}"))).collect()
            });
            for round in 0..2 {
                for (number, client) in newcomers.iter_mut().enumerate() {
                    let message = format!("round {round} of client {number}\n");
                    client.send(&message);
                    client.expect(&message).or_hint(hint);
                }
            }
        }
    }
}

/// The processor time comes from Linux: elsewhere this isn't compiled.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_takes_nothing_costs_no_processor_time() {
    use std::time::Duration;

    use grader::{Server, Verdict};

    use crate::waiting::processor_time;
    use crate::{greet, quiet};

    /// More than all buffers hold.
    const MUCH: usize = 16 * 1024 * 1024;
    let idles = |server: &Server, when: &str, hint: &str| {
        let (seconds, used) = processor_time(server, Duration::from_millis(40));
        let detail = format!("in {seconds} s {when} it used {used:.1?} of CPU time");
        server.check(used < Duration::from_millis(200), Verdict::OutOfBounds, &detail).or_hint(hint);
    };
    let server = quiet().start();
    let mut client = server.connect("glutton");
    client.flood(MUCH);
    idles(
        &server,
        "with a client that takes nothing",
        "The server works although its client takes nothing. Don't try again and again: register for the moment when there is room to write, and for nothing else",
    );
    client
        .expect(vec![b'x'; MUCH])
        .or_hint("A client that took nothing for a while didn't get its whole echo. When there is room again, write what is left, and go on reading");
    idles(
        &server,
        "after all was taken",
        "The server works although everything was taken. A socket can nearly always be written to: register for that only while something is left to send",
    );
    greet(&server, "A message didn't come back as it was sent");
}

/// How often a server wakes up comes from Linux: elsewhere this isn't compiled.
#[cfg(target_os = "linux")]
mod asleep {
    use std::thread;
    use std::time::Duration;

    use grader::{Server, Verdict};

    use crate::shortage::{ready, serves_again};

    const SECONDS: u32 = 2;

    /// A busy machine may wake a server up once more, but not time after time.
    const TRIES: u32 = 3;

    /// A runtime may have something to do for itself: Java's wakes up 20 times a second. So what a server did before a shortage
    /// counts as its own affair, as far as that.
    #[test]
    fn an_idle_server_sleeps_even_after_a_shortage() {
        const OFTEN: u64 = 30;
        let hint = "The server has nothing to do, and wakes up again and again. Wait without a time limit, unless there is something \
                    to do when the time is over";
        let server = ready();
        let before = wakes_up(&server, OFTEN, "before a shortage of descriptors", hint);
        server.while_out_of_descriptors(|| {
            let _clients = [1, 2].map(|number| server.connect(&format!("client {number}")));
            thread::sleep(Duration::from_millis(500));
        });
        serves_again(&server);
        let most = before / u64::from(SECONDS) + 2;
        wakes_up(
            &server,
            most,
            "after a shortage of descriptors",
            "After a shortage of descriptors the server wakes up again and again, although it is over. What was set for the time of \
             the shortage, such as a time limit for waiting, has to be taken back",
        );
    }

    /// How often it does in some seconds; at most so often in each.
    fn wakes_up(server: &Server, most: u64, when: &str, hint: &str) -> u64 {
        let mut count = u64::MAX;
        for _ in 0..TRIES {
            let before = server.wakeups();
            thread::sleep(Duration::from_secs(SECONDS.into()));
            count = count.min(server.wakeups().saturating_sub(before));
            if count <= most * u64::from(SECONDS) {
                return count;
            }
        }
        let detail = format!("in {SECONDS} s without anything to do, {when}, it woke up {count} times");
        server.check(false, Verdict::OutOfBounds, &detail).or_hint(hint);
        count
    }
}
