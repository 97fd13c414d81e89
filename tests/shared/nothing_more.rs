//! What a server that only echoes bytes leaves to later steps: it knows no commands, and disconnects nobody.

use std::thread;
use std::time::Duration;

use grader::patience;

use crate::submission;

/// Longer than a timeout that somebody sets to try it. `GRADER_PATIENCE=6` finds one of half a minute, too.
const LONG: Duration = Duration::from_millis(5500);

#[test]
fn words_of_later_steps_are_echoed_like_any_others() {
    let hint = "A line that is a command in a later step wasn't echoed here. In this step no word has a meaning: echo \
                all of them, and keep the connection open";
    let server = submission().start();
    let mut client = server.connect("client");
    for line in ["QUIT\n", "exit\r\n", "STATS\n", "TIME\n", "HISTORY\n", "AUTH swordfish\n", "quit"] {
        client.send(line);
        client.expect(line).or_hint(hint);
    }
    client.send("still here\n");
    client.expect("still here\n").or_hint(hint);
}

#[test]
fn a_client_may_be_silent_for_as_long_as_it_likes() {
    let hint = "A client was silent for some seconds, and then its line wasn't echoed. In this step no timeout ends a \
                connection. Look for one that is set on the socket, or in a poll or select call";
    let server = submission().start();
    let mut talker = server.connect("talker");
    talker.send("Hello\n");
    talker.expect("Hello\n").or_hint("The first line didn't come back. Echo what is sent");
    let newcomer = server.connect("newcomer"); // in step 01 it waits for its turn
    thread::sleep(patience::stretched(LONG));
    for mut client in [talker, newcomer] {
        client.send("awake\n");
        client.expect("awake\n").or_hint(hint);
    }
}

/// The processor time comes from Linux: elsewhere this isn't compiled.
#[cfg(target_os = "linux")]
#[test]
fn silent_clients_cost_no_processor_time() {
    use grader::Verdict;

    use crate::waiting::processor_time;

    const LITTLE: Duration = Duration::from_millis(40);
    let server = submission().start();
    let _clients = [1, 2, 3].map(|number| server.connect(&format!("silent {number}")));
    let (seconds, used) = processor_time(&server, LITTLE);
    let detail = format!("in {seconds} s with 3 silent clients it used {used:.1?} of CPU time");
    server.check(used < LITTLE * 5, Verdict::OutOfBounds, &detail).or_hint(
        "The server worked although no client sent anything. A loop asks again and again whether something has come. \
         Let the operating system wake it: a blocking read, poll, or an event loop sleeps until then",
    );
}
