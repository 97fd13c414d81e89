//! Criterion of the servers that live through a shortage of file descriptors. The processor time comes from Linux:
//! elsewhere this isn't compiled.

use std::thread;
use std::time::Duration;

use grader::{Client, Server, Verdict, patience};

use crate::submission;

#[test]
fn out_of_descriptors_it_logs_waits_and_serves_again() {
    const LIMIT: usize = 64;
    let server = submission().ulimit(&format!("-n {LIMIT}")).start();
    let mut clients: Vec<Client> =
        (0..LIMIT).map(|number| server.connect(&format!("client {number}"))).collect();
    for client in &mut clients {
        client.send("Hello\n");
    }
    let mut last = clients.pop().expect("there are many");
    let is_log = |line: &String| line.contains(" - WARN - ") || line.contains(" - ERROR - ");
    let logged = || server.stderr().lines().iter().any(is_log);
    let met = patience::eventually(|| logged() || last.waiting() > 0);
    server
        .check(
            met,
            Verdict::WrongOutput,
            "the last of 64 clients isn't served, and nothing in the log says why",
        )
        .or_hint("accept() fails with EMFILE when no descriptor is left: log it");
    if !logged() {
        return; // It needs no descriptor for a client: a process for each, say.
    }

    let (seconds, used) = waiting(&server);
    let detail = format!("in {seconds} s of waiting it used {used:.1?} of processor time");
    server
        .check(used < Duration::from_millis(200), Verdict::OutOfBounds, &detail)
        .or_hint("accept() fails again at once: pause before you try again");

    clients.truncate(LIMIT / 4);
    for mut client in clients {
        client.expect("Hello\n").or_hint("those who got in are served meanwhile");
    }
    if last.expect("Hello\n").is_met() {
        return;
    }
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

/// How much processor time the server uses while it waits, and in how many seconds. On a busy machine one that spins gets little of
/// it: where it is in doubt, it is watched for longer.
fn waiting(server: &Server) -> (u32, Duration) {
    const LITTLE: Duration = Duration::from_millis(40);
    let before = server.cpu_time();
    let mut seconds = 0;
    loop {
        thread::sleep(Duration::from_secs(1));
        seconds += 1;
        let used = server.cpu_time().saturating_sub(before);
        if used < LITTLE * seconds || used > LITTLE * 5 || seconds == 5 {
            return (seconds, used);
        }
    }
}
