//! Criteria of the servers that disconnect a client which is idle for too long.

use std::thread;
use std::time::{Duration, Instant};

use grader::Verdict;

use crate::{greet, quiet, submission};

#[test]
fn a_silent_client_is_disconnected_and_the_log_says_so() {
    let hint = "set_read_timeout(): a read that times out fails with WouldBlock (on Windows TimedOut)";
    let server = submission().options(["--idle-timeout", "1"]).start();
    let start = Instant::now();
    let mut silent = server.connect("silent");
    let peer = silent.address().to_string();
    silent.expect_end().or_hint(hint);
    let idle = start.elapsed();
    let detail = format!("disconnected after {idle:.1?}, and the idle timeout is 1 s");
    server.check(idle >= Duration::from_millis(900), Verdict::Closed, &detail).or_hint(hint);
    let says_so = |line: &str| {
        let line = line.to_lowercase();
        line.contains(&peer) && ["idle", "timeout", "timed out"].iter().any(|word| line.contains(word))
    };
    server
        .stderr()
        .expect_after(0, &format!("a line that names {peer} and the idle timeout"), says_so)
        .or_hint("log that the client was disconnected for being idle");
    greet(&server, "one client's timeout is nothing to others");
}

#[test]
fn any_byte_starts_the_idle_time_anew() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let server = submission().options(["--idle-timeout", "2"]).start();
    for _ in 0..10 {
        let mut client = server.connect("slow typist");
        let start = Instant::now();
        let mut longest_gap = Duration::ZERO;
        while start.elapsed() < TIMEOUT * 3 / 2 {
            let pause = Instant::now();
            thread::sleep(TIMEOUT / 4);
            client.send(".");
            longest_gap = longest_gap.max(pause.elapsed());
            let echoed = client.expect(".");
            if longest_gap > TIMEOUT / 2 {
                break;
            }
            echoed.or_hint("the timeout is for each read, not for the whole connection");
        }
        if longest_gap <= TIMEOUT / 2 {
            return;
        }
        // This machine was too busy to type in time: that proves nothing, so try again.
    }
    panic!(
        "this machine is too busy to grade the idle timeout: none of 10 clients could send a byte each second"
    );
}

#[test]
fn a_client_that_takes_nothing_is_disconnected() {
    let server = quiet().options(["--idle-timeout", "0.5"]).variable("RUST_LOG", "info").start();
    let mut glutton = server.connect("glutton");
    let closed = format!("Connection with {} closed", glutton.address());
    glutton.flood(24 * 1024 * 1024);
    server
        .stderr()
        .patiently() // the system takes a little more, now and then, until all its buffers are full
        .expect_after(0, &format!("{closed:?}"), |line| line.ends_with(&closed))
        .or_hint("set_write_timeout(): a client that takes nothing for that long is idle too");
    greet(&server, "one client's timeout is nothing to others");
}

#[test]
fn a_wrong_idle_timeout_is_refused() {
    let hint = "the idle timeout is a decimal number of seconds above 0: args.seconds() checks that";
    for wrong in ["0", "-1", "soon", "nan", "inf", ""] {
        let refused = submission().options(["--idle-timeout", wrong]).run().or_hint(hint);
        refused.expect_code(2).or_hint(hint);
        refused.expect_stderr("the usage", |text| text.contains("sage")).or_hint(hint);
    }
}

#[test]
fn the_idle_timeout_is_half_a_minute_unless_told() {
    let help = submission().address([]).options(["--help"]).run().or_hint("print the help and end");
    for words in ["--idle-timeout", "30"] {
        help.expect_stdout(&format!("{words:?}"), |text| text.contains(words))
            .or_hint("take the option with args.seconds(): it puts it into the help");
    }
    let server = submission().options(["--idle-timeout", "0.5"]).start();
    let mut silent = server.connect("silent");
    silent.expect_end().or_hint("the idle timeout may have decimals");
}
