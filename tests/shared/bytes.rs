//! What every server does that echoes over TCP what it is sent: each byte comes back, unchanged, as soon as it arrives.

use std::thread;
use std::time::{Duration, Instant};

use grader::{Check, Client, Verdict, noise, patience};

use crate::{quiet, submission};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// More than all buffers between a client and a server hold.
const MUCH: usize = 24 * MIB;

const PARTIAL: &str = "Bytes are missing from a long stream whose client didn't read for a while. A single write may \
                       take only a part of what it is given, or nothing. Try to find out what your server does with \
                       the rest";

/// It exists because it is what a student tries first: the simplest thing that can fail.
#[test]
fn a_line_comes_back() {
    let server = submission().start();
    let mut client = server.connect("client");
    client.send("Hello, Server!\n");
    client.expect("Hello, Server!\n").or_hint(
        "The first line didn't come back as it was sent. Write back exactly the bytes that were read: no more of \
         the buffer than its filled part, and the line ending too",
    );
    client.send("Hello again!\r\n");
    client.expect("Hello again!\r\n").or_hint(
        "The first line came back, the second didn't, or it was changed. Read again after each echo, and leave \\r\\n \
         as it is",
    );
}

/// A right server is quick once in so many tries, however busy the machine is.
#[test]
fn an_echo_comes_without_delay() {
    const TRIES: u32 = 10;
    const QUICK: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(5);
    let hint = "Each echo came, but late. Something waits before it is sent: a pause, a timer, or a read that waits for \
                more. Write back what has come before you wait for anything else";
    let server = submission().start();
    let mut client = server.connect("client");
    let begin = Instant::now();
    let (mut tries, mut quickest) = (0, Duration::MAX);
    while tries < TRIES && begin.elapsed() < LONG {
        let start = Instant::now();
        client.send("Hello\n");
        client.expect("Hello\n").or_hint(hint);
        quickest = quickest.min(start.elapsed());
        tries += 1;
        if quickest < QUICK {
            return;
        }
    }
    patience::it_is_slow();
    let detail = format!("the quickest of {tries} echoes took {quickest:.1?}");
    server.check(false, Verdict::Late, &detail).or_hint(hint);
}

#[test]
fn bytes_come_back_without_waiting_for_a_newline() {
    let hint = "A piece without a newline didn't come back before the next one was sent. A function that reads a line \
                waits for a newline that may never come. Use one that returns whatever has arrived";
    let server = submission().start();
    let mut client = server.connect("client");
    for piece in ["Hel", "lo", " ", "wor", "ld"] {
        client.send(piece);
        client.expect(piece).or_hint(hint);
    }
}

#[test]
fn bytes_that_are_no_text_come_back() {
    let hint = "Bytes that aren't UTF-8 text were lost or changed. A String on the way can't hold them. Echo the bytes \
                themselves";
    let server = submission().start();
    let mut client = server.connect("client");
    let every_byte: Vec<u8> = (0..=255).collect();
    for bytes in [&every_byte[..], b"\0", b"\xff\xfe", b"\xc3", b"\r", b"\n\n\n"] {
        client.send(bytes);
        client.expect(bytes).or_hint(hint);
    }
}

/// It exists because sizes around that of a buffer are where bugs are; the larger tests hide which size it was.
#[test]
fn a_conversation_may_be_long_and_its_messages_of_any_size() {
    let server = quiet().start();
    let mut client = server.connect("client");
    for round in 0..40 {
        let message = noise(1 + (round * 977) % 9000, round);
        client.send(&message);
        client.expect(&message).or_hint(
            "One of 40 messages of different sizes didn't come back. A message may be longer than your buffer, and \
             then several reads bring it. Repeat read and write until the client has sent its last byte",
        );
    }
}

/// It exists because it fails sooner, and with a shorter conversation, than those that send more.
#[test]
fn a_mebibyte_sent_at_once_comes_back() {
    let server = quiet().start();
    server.connect("client").exchange_some(&noise(MIB, 1), MIB).or_hint(PARTIAL);
}

/// Nothing is read until the server is stuck: before that, no write takes less than all.
#[test]
fn a_slow_reader_gets_every_byte() {
    let server = quiet().start();
    let mut client = server.connect("slow reader");
    client.pour(&noise(MIB, 2), MUCH, |client, sending| {
        sending.wait_until_stuck();
        for _ in 0..32 {
            client.expect_back(sending, KIB).or_hint(PARTIAL);
            thread::sleep(patience::stretched(Duration::from_millis(2)));
        }
        client.expect_all_back(sending).or_hint(PARTIAL);
    });
}

/// Where a write is interrupted, it takes a part. Nothing else makes a blocking write do so.
#[cfg(unix)]
#[test]
fn a_server_that_is_stopped_and_continued_loses_no_byte() {
    let server = quiet().start();
    let mut client = server.connect("client");
    client.pour(&noise(MIB, 3), MUCH, |client, sending| {
        sending.wait_until_stuck();
        server.pause();
        client.expect_all_back(sending).or_hint(
            "Bytes are missing after Ctrl+Z and fg, which interrupted a write. A write that is interrupted has taken \
             only a part of what it was given. Look for the call that goes on until all is written",
        );
    });
}

#[test]
fn after_a_half_close_the_client_gets_all_it_is_owed() {
    let hint = "The client shut down its sending side, and then not all of its echo came, or no end of file. A read of \
                0 bytes means that the client sends no more, but it still reads. Write everything, then close";
    let server = quiet().start();
    let mut client = server.connect("client");
    client.send("the last words");
    client.half_close();
    client.expect("the last words").or_hint(hint);
    client.expect_end().or_hint(hint);

    let mut client = server.connect("sender");
    client.pour(&noise(MIB, 4), 4 * MIB, |client, sending| {
        sending.wait_until_stuck();
        sending.stop();
        client.half_close();
        client.expect_all_back(sending).or_hint(hint);
    });
    client.expect_end().or_hint(hint);
}

#[test]
fn a_client_that_reads_long_after_its_half_close_gets_every_byte() {
    let server = quiet().start();
    let mut client = server.connect("late reader");
    read_long_after_half_close(&mut client, MIB).or_hint(LATE);
}

pub const LATE: &str = "A client shut down its sending side, read nothing for 3 s, and then didn't get its whole echo. Keep \
                        what you still have to send until the client reads it, however long that takes";

/// Sends as much as fits, up to `limit` bytes, and reads nothing until long after that.
pub fn read_long_after_half_close(client: &mut Client, limit: usize) -> Check {
    const LONG: Duration = Duration::from_secs(3);
    let all = client.pour(&noise(MIB, 5), limit, |client, sending| {
        sending.wait_until_stuck();
        sending.stop();
        client.half_close();
        thread::sleep(patience::stretched(LONG));
        client.expect_all_back(sending)
    });
    if all.is_met() { client.expect_end() } else { all }
}
