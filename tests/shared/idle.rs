//! How a client is disconnected that is idle for too long.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use grader::{Server, Verdict};

use crate::{greet, quiet, submission};

/// On a busy machine one may be late, but not one after another.
#[test]
fn a_silent_client_is_disconnected_and_the_log_says_so() {
    const TRIES: usize = 3;
    let hint = "A client that sent nothing wasn't disconnected after the idle timeout. A read can have a time limit; when it is \
                over, the read fails with an error of its own kind";
    let server = submission().options(["--idle-timeout", "1"]).start();
    let mut idle = Duration::MAX;
    for _ in 0..TRIES {
        let start = Instant::now();
        let mut silent = server.connect("silent");
        let peer = silent.address();
        silent.expect_end().or_hint(hint);
        idle = start.elapsed();
        let detail = format!("disconnected after {idle:.1?}, and the idle timeout is 1 s");
        server.check(idle >= Duration::from_millis(900), Verdict::Closed, &detail).or_hint(hint);
        expect_idle_logged(&server, peer);
        if idle < Duration::from_millis(1700) {
            break;
        }
    }
    let detail = format!("disconnected after {idle:.1?}, and the idle timeout is 1 s");
    server.check(idle < Duration::from_millis(1700), Verdict::Late, &detail).or_hint(hint);
    greet(&server, "A new client wasn't served after another one's timeout");
}

fn expect_idle_logged(server: &Server, peer: SocketAddr) {
    let peer = peer.to_string();
    let says_so = |line: &str| {
        let line = line.to_lowercase();
        line.contains(&peer) && ["idle", "timeout", "timed out"].iter().any(|word| line.contains(word))
    };
    server
        .stderr()
        .patiently()
        .expect_after(0, &format!("a line that names {peer} and the idle timeout"), says_so)
        .or_hint("A client was disconnected for being idle, and the log doesn't say that. Log it with the client's address");
}

/// The clock of a client is its own: somebody else's bytes don't wind it up, nor does its end take somebody else along.
#[test]
fn a_client_that_talks_and_one_that_is_silent_are_told_apart() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let server = submission().options(["--idle-timeout", "2"]).start();
    let mut talker = server.connect("talker");
    let mut silent = server.connect("silent");
    let start = Instant::now();
    let mut longest_gap = Duration::ZERO;
    while start.elapsed() < TIMEOUT * 3 / 2 {
        let pause = Instant::now();
        talker.send(".");
        let echoed = talker.expect(".");
        thread::sleep(TIMEOUT / 10);
        longest_gap = longest_gap.max(pause.elapsed());
        if longest_gap > TIMEOUT / 2 {
            return; // this machine is too busy to talk in time: that proves nothing
        }
        echoed.or_hint("A client that talked all the time was disconnected when another one was idle");
    }
    silent.expect_end().or_hint(
        "A silent client stayed connected while another one talked. Each client has an idle time of its own",
    );
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
            echoed.or_hint("A client that sent a byte now and then was disconnected. The timeout is for each read, not for the whole connection");
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
    let peer = glutton.address();
    let closed = format!("Connection with {peer} closed");
    glutton.flood(24 * 1024 * 1024);
    server
        .stderr()
        .patiently() // the kernel takes a little more, now and then, until all its buffers are full
        .expect_after(0, &format!("{closed:?}"), |line| line.ends_with(&closed))
        .or_hint("A client that reads nothing of what it is sent wasn't disconnected. It is idle too: a write can have a time limit");
    expect_idle_logged(&server, peer);
    greet(&server, "A new client wasn't served after another one's timeout");
}

/// Some clock can't count that far. To refuse such a number is fine, too.
#[test]
fn an_idle_timeout_of_a_million_years_does_no_harm() {
    let hint = "With a huge idle timeout the server neither serves nor refuses it. A time limit that is added to now may be \
                more than the type holds: look for a sum or a conversion that panics";
    for long in ["31536000000000", "18446744073709551615", "1e300"] {
        let submission = || submission().options(["--idle-timeout", long]);
        match submission().try_start().into_result() {
            Ok(server) => greet(&server, hint),
            Err(_) => submission().run().or_hint(hint).expect_code(2).or_hint(hint),
        }
    }
}

#[test]
fn a_wrong_idle_timeout_is_refused() {
    let hint = "A wrong idle timeout wasn't refused. It is a decimal number of seconds above 0: a method of `Args` checks that";
    for wrong in ["0", "-1", "soon", "nan", "inf", ""] {
        let refused = submission().options(["--idle-timeout", wrong]).run().or_hint(hint);
        refused.expect_code(2).or_hint(hint);
        refused.expect_stderr("the usage", |text| text.contains("sage")).or_hint(hint);
    }
}

#[test]
fn the_idle_timeout_is_half_a_minute_unless_told() {
    let help =
        submission().address([]).options(["--help"]).run().or_hint("With --help the server didn't end");
    for words in ["--idle-timeout", "30"] {
        help.expect_stdout(&format!("{words:?}"), |text| text.contains(words))
            .or_hint("The help doesn't name the option or its default. An option that is taken with `Args` is in its help");
    }
    let server = submission().options(["--idle-timeout", "0.5"]).start();
    let mut silent = server.connect("silent");
    silent.expect_end().or_hint(
        "With an idle timeout of half a second a silent client wasn't disconnected: it may have decimals",
    );
}
