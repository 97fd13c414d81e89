//! Criterion of the servers that live through a shortage of file descriptors. The processor time comes from Linux:
//! elsewhere this isn't compiled.

use std::time::Duration;

use grader::{Client, Verdict, patience};

use crate::waiting::processor_time;
use crate::{complains, submission};

#[test]
fn out_of_descriptors_it_logs_waits_and_serves_again() {
    const LIMIT: usize = 64;
    /// In a second: an interpreter may say at length what is wrong, each time that it tries (Python's asyncio does, a hundred times).
    const LITTLE: Duration = Duration::from_millis(200);
    let server = submission().ulimit(&format!("-n {LIMIT}")).start();
    let mut clients: Vec<Client> =
        (0..LIMIT).map(|number| server.connect(&format!("client {number}"))).collect();
    for client in &mut clients {
        client.send("Hello\n");
    }
    let mut last = clients.pop().expect("there are many");
    let logged = || server.stderr().lines().iter().any(|line| complains(line));
    let met = patience::eventually(|| logged() || last.waiting() > 0);
    server
        .check(
            met,
            Verdict::WrongOutput,
            "the last of 64 clients isn't served, and nothing on standard error says why",
        )
        .or_hint("accept() fails with EMFILE when no descriptor is left: log it");
    if !logged() {
        return; // It needs no descriptor for a client: a process for each, say.
    }

    let (seconds, used) = processor_time(&server, LITTLE);
    let detail = format!("in {seconds} s of waiting it used {used:.1?} of processor time");
    server
        .check(used < LITTLE * 5, Verdict::OutOfBounds, &detail)
        .or_hint("accept() fails again at once: pause before you try again");

    clients.truncate(LIMIT / 4);
    for mut client in clients {
        client.expect("Hello\n").or_hint("those who got in are served meanwhile");
    }
    if last.expect("Hello\n").is_met() {
        return;
    }
    let detail = "descriptors are free again, and who waited for one is neither served nor sent away";
    server
        .check(!last.is_silent(), Verdict::Silent, detail)
        .or_hint("nobody tells you that descriptors are free again: after a pause, accept() all who wait");
    // Its descriptor was taken and given up again for want of a second one: then it is new clients that are served.
    let newcomer = patience::eventually(|| {
        let mut client = server.connect("afterwards");
        client.send("Hello\n");
        client.expect("Hello\n").is_met()
    });
    server
        .check(newcomer, Verdict::Silent, "descriptors are free again, and no client is served")
        .or_hint("when descriptors are free again, go on accepting");
}
