//! The reference lives through a shortage of descriptors. The contract asks that of step 03 and later, so this is no
//! criterion.

#![cfg(target_os = "linux")]

use std::thread;
use std::time::Duration;

use grader::Verdict;

grader::step!("01_basic_single");

#[test]
fn out_of_descriptors_it_says_so_once_and_waits() {
    // The three of every program and the listener: none is left for a client.
    let server = submission().ulimit("-n 4").start();
    let _client = server.connect("client");
    let told = |line: &str| line.starts_with("Cannot accept a client: ");
    server.stderr().expect_after(0, "Cannot accept a client: ...", told).or_hint("say it");
    let before = server.cpu_time();
    thread::sleep(Duration::from_secs(1));
    let used = server.cpu_time().saturating_sub(before);
    server
        .check(used < Duration::from_millis(200), Verdict::OutOfBounds, &format!("{used:?}"))
        .or_hint("don't spin");
    let count = server.stderr().lines().iter().filter(|line| told(line)).count();
    server
        .check(count == 1, Verdict::WrongOutput, &format!("it says so {count} times"))
        .or_hint("say it once");
}
