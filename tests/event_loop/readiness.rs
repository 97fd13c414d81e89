//! Criteria about readiness: what the system tells once has to be made use of, and what isn't wanted not be asked for.

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
        greet(&server, "echo what is sent");
        let mut clients: Vec<_> = server
            .while_stopped(|| (0..SOME).map(|number| server.connect(&format!("client {number}"))).collect());
        for client in &mut clients {
            client.send("Hello\n");
        }
        for client in &mut clients {
            client
                .expect("Hello\n")
                .or_hint("one event may stand for several clients: accept() until it would block");
        }
    }

    /// It exists because elsewhere it takes luck that both come before the server looks.
    #[test]
    fn the_end_may_come_together_with_the_last_message() {
        let hint = "one event may stand for data and the end behind it: read until it would block, or the end has come";
        let server = quiet().start();
        let message = grader::noise(30_000, 1); // the system takes that much from a client at once
        for _ in 0..3 {
            let mut client = server.connect("client");
            client.send("Hello\n");
            client.expect("Hello\n").or_hint("echo what is sent");
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
        let hint = "a token, or a descriptor, is given away again: what was noted of its last owner must go with that one";
        let server = quiet().start();
        // Several times, as a busy machine may deliver some of it later.
        for _ in 0..3 {
            let mut clients: Vec<_> =
                (0..SOME).map(|number| server.connect(&format!("old {number}"))).collect();
            for client in &mut clients {
                client.send("Hello\n");
                client.expect("Hello\n").or_hint("echo what is sent");
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
        let detail = format!("in {seconds} s {when} it used {used:.1?} of processor time");
        server.check(used < Duration::from_millis(200), Verdict::OutOfBounds, &detail).or_hint(hint);
    };
    let server = quiet().start();
    let mut client = server.connect("glutton");
    client.flood(MUCH);
    idles(
        &server,
        "with a client that takes nothing",
        "don't try again and again: ask to be told when there is room to write, and of nothing else",
    );
    client
        .expect(vec![b'x'; MUCH])
        .or_hint("when there is room again, write what is owed, and go on reading");
    idles(
        &server,
        "after all was taken",
        "a socket can nearly always be written to: ask for that only while something is owed",
    );
    greet(&server, "echo what is sent");
}
