//! The reference lives through a shortage of descriptors. The contract asks that of step 03 and later, so this is no
//! criterion.

#![cfg(target_os = "linux")]

use std::thread;
use std::time::Duration;

use grader::{Client, Verdict};

grader::step!("02_threaded");

#[test]
fn out_of_descriptors_it_waits_and_serves_again() {
    const LIMIT: usize = 32;
    let server = submission().ulimit(&format!("-n {LIMIT}")).start();
    let mut clients: Vec<Client> =
        (0..LIMIT).map(|number| server.connect(&format!("client {number}"))).collect();
    for client in &mut clients {
        client.send("Hello\n");
    }
    let told = |line: &str| line.starts_with("Cannot accept a client: ");
    let first = server.stderr().expect_after(0, "Cannot accept a client: ...", told).or_hint("say it");
    let before = server.cpu_time();
    thread::sleep(Duration::from_secs(1));
    let used = server.cpu_time().saturating_sub(before);
    server
        .check(used < Duration::from_millis(200), Verdict::OutOfBounds, &format!("{used:?}"))
        .or_hint("don't spin");
    // A thread that starts may need a descriptor for a moment, and so end a shortage, and begin another.
    let count = server.stderr().lines().iter().filter(|line| told(line)).count();
    server
        .check(count <= 3, Verdict::WrongOutput, &format!("line {first} is repeated {count} times"))
        .or_hint("say it once");
    let mut last = clients.pop().expect("there are many");
    clients.truncate(LIMIT / 4);
    drop(clients);
    last.expect("Hello\n").or_hint("serve those who waited");
}
