//! Criteria of every server that echoes over TCP what it is sent: each byte comes back, unchanged, at once.

use grader::patience;

use crate::{quiet, submission};

/// It exists because it is what a student tries first: the simplest thing that can fail.
#[test]
fn a_line_comes_back() {
    let server = submission().start();
    let mut client = server.connect("client");
    client.send("Hello, Server!\n");
    client.expect("Hello, Server!\n").or_hint("write back what you read, its line ending included");
    client.send("Hello again!\r\n");
    client.expect("Hello again!\r\n").or_hint("go on reading after the first echo; leave \\r\\n as it is");
}

#[test]
fn bytes_come_back_without_waiting_for_a_newline() {
    let hint = "read() returns what has come; read_line() and BufReader::lines() wait for a newline that may never come";
    let server = submission().start();
    let mut client = server.connect("client");
    for piece in ["Hel", "lo", " ", "wor", "ld"] {
        client.send(piece);
        client.expect(piece).or_hint(hint);
    }
}

#[test]
fn bytes_that_are_no_text_come_back() {
    let server = submission().start();
    let mut client = server.connect("client");
    let every_byte: Vec<u8> = (0..=255).collect();
    for bytes in [&every_byte[..], b"\0", b"\xff\xfe", b"\xc3", b"\r", b"\n\n\n"] {
        client.send(bytes);
        client
            .expect(bytes)
            .or_hint("echo the bytes themselves; not all bytes are UTF-8, so no String in between");
    }
}

/// It exists because sizes around that of a buffer are where mistakes are; the larger criteria hide which size it was.
#[test]
fn a_conversation_may_be_long_and_its_messages_of_any_size() {
    let server = quiet().start();
    let mut client = server.connect("client");
    for round in 0..40 {
        let size = 1 + (round * 977) % 9000;
        let message = grader::noise(size, round);
        client.send(&message);
        client
            .expect(&message)
            .or_hint("keep echoing until the client has sent its last; a read may fill your buffer");
    }
}

/// It exists because it fails sooner, and with a shorter conversation, than those that send more.
#[test]
fn a_mebibyte_sent_at_once_comes_back() {
    let server = quiet().start();
    let message = grader::noise(1024 * 1024, 1);
    let mut client = server.connect("client");
    client
        .exchange(&message)
        .or_hint("write() may send less than it was given: the rest has to follow, as write_all() does it");
}

#[test]
fn a_slow_reader_gets_every_byte() {
    let server = quiet().start();
    let message = grader::noise(8 * 1024 * 1024, 2);
    let mut client = server.connect("slow reader");
    let (start, rest) = message.split_at(32 * 1024);
    client.send_meanwhile(&message, |client| {
        let hint = "when the client's buffers are full, write() sends a part or nothing: go on with the rest, in order";
        for piece in start.chunks(1024) {
            client.expect(piece).or_hint(hint);
            std::thread::sleep(patience::stretched(std::time::Duration::from_millis(2)));
        }
        client.expect(rest).or_hint(hint);
    });
}

#[test]
fn after_a_half_close_the_client_gets_all_it_is_owed() {
    let hint =
        "read() returning 0 means that the client sends no more; it may still read: write all, then close";
    let server = quiet().start();
    let mut client = server.connect("client");
    client.send("the last words");
    client.half_close();
    client.expect("the last words").or_hint(hint);
    client.expect_end().or_hint("close the connection when the client has sent its last byte");

    let message = grader::noise(4 * 1024 * 1024, 3);
    let mut client = server.connect("sender");
    client.send_meanwhile_and_half_close(&message, |client| {
        client.expect(&message).or_hint(hint);
        client.expect_end().or_hint(hint);
    });
}
