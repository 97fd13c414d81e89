//! The criteria of step 05: those of step 03 about the protocol, and the command HISTORY.

use grader::{Server, Submission, Verdict};

grader::step!("05_bonus_history");

#[path = "shared/command_line.rs"]
mod command_line;
#[path = "shared/commands.rs"]
mod commands;
#[path = "shared/log.rs"]
mod log;
#[path = "shared/messages.rs"]
mod messages;
#[cfg(unix)]
#[path = "shared/shutdown.rs"]
mod shutdown;
#[path = "shared/tcp.rs"]
mod tcp;

use tcp::{greet, occupy};

const TOLD: &str =
    "\"History: 2 messages\", then the messages, oldest first, each on a line without its own line ending";

/// For criteria that send so much that its log would only take time.
fn quiet() -> Submission {
    submission().variable("RUST_LOG", "warn")
}

/// A client that has connected and had each of the messages echoed.
fn talker(server: &Server, messages: &[&str]) -> grader::Client {
    let mut client = server.connect("talker");
    for message in messages {
        client.send(message);
        client.expect(message).or_hint("echo what is no command");
    }
    client
}

#[test]
fn the_last_messages_are_told_oldest_first() {
    let server = submission().start();
    let mut client = talker(&server, &["one\n", "two\r\n", "three"]);
    client.send("HISTORY\n");
    client.expect("History: 3 messages\none\ntwo\nthree\n").or_hint(TOLD);
}

#[test]
fn the_messages_of_all_clients_are_in_it() {
    let hint =
        "one history for all clients: share it with an Arc; it keeps what was said by those who have left";
    let server = submission().start();
    let first = talker(&server, &["from the first\n"]);
    let closed = format!("Connection with {} closed", first.address());
    first.close();
    server
        .stderr()
        .expect_after(0, &closed, |line| line.ends_with(&closed))
        .or_hint("log the end of a connection");
    let mut second = talker(&server, &["from the second\n"]);
    let mut third = server.connect("third");
    third.send("history\n");
    third.expect("History: 2 messages\nfrom the first\nfrom the second\n").or_hint(hint);
    third.send("from the third\n");
    third.expect("from the third\n").or_hint("echo what is no command");
    second.send(" History \r\n");
    second.expect("History: 3 messages\nfrom the first\nfrom the second\nfrom the third\n").or_hint(hint);
}

#[test]
fn a_number_asks_for_that_many() {
    let server = submission().start();
    let mut client = talker(&server, &["one\n", "two\n", "three\n"]);
    for (command, answer) in [
        ("HISTORY 2\n", "History: 2 messages\ntwo\nthree\n"),
        ("history  1 \n", "History: 1 messages\nthree\n"),
        ("HISTORY 0\n", "History: 0 messages\n"),
        ("HISTORY 3\n", "History: 3 messages\none\ntwo\nthree\n"),
        ("HISTORY 4\n", "History: 3 messages\none\ntwo\nthree\n"),
        ("HISTORY 99999999999999999999999999\n", "History: 3 messages\none\ntwo\nthree\n"),
    ] {
        client.send(command);
        client.expect(answer).or_hint("the last n, or all there are if these are fewer, however large n is");
    }
}

#[test]
fn anything_but_a_number_is_an_error() {
    let server = submission().start();
    let mut client = talker(&server, &["one\n"]);
    for wrong in ["HISTORY all\n", "HISTORY -1\n", "HISTORY 1.5\n", "history 1 2\n", "HISTORY 1x\n"] {
        client.send(wrong);
        client
            .expect("Error: usage: HISTORY [n]\n")
            .or_hint("what follows HISTORY is a number or nothing: else say how it is used, and go on");
    }
    client.send(b"HISTORY \xff\n");
    client.expect("Error: usage: HISTORY [n]\n").or_hint("what a client sends may be no text");
}

#[test]
fn a_message_that_only_begins_like_it_is_echoed() {
    let server = submission().start();
    let mut client = server.connect("client");
    for message in ["HISTORYX\n", "HISTORY5\n", "my HISTORY\n", "HIST\n", "AUTH swordfish\n"] {
        client.send(message);
        client.expect(message).or_hint("the command is the whole first word");
    }
}

#[test]
fn it_is_no_message_and_neither_are_other_commands() {
    let hint = "note and count only what is echoed";
    let server = submission().start();
    let mut client = talker(&server, &["one\n"]);
    client.send("HISTORY\nTIME\nHISTORY x\n");
    client.expect("History: 1 messages\none\n").or_hint(TOLD);
    client.expect_line().or_hint("answer TIME");
    client.expect("Error: usage: HISTORY [n]\n").or_hint("answer what is wrong, too");
    client.send("STATS\nHISTORY\n");
    client.expect("Messages received: 1\nHistory: 1 messages\none\n").or_hint(hint);
}

#[test]
fn a_message_stays_on_its_line() {
    let hint = "show a message with escaped(): control characters must not reach another client's terminal";
    let server = submission().start();
    let mut forger = server.connect("forger");
    let message = "a\rHistory: 9 messages\x1b[2J\x0bb\n";
    forger.send(message);
    forger.expect(message).or_hint("echo it unchanged; only the history escapes it");
    let mut reader = talker(&server, &["after it\n"]);
    reader.send("HISTORY\n");
    reader.expect("History: 2 messages\n").or_hint(TOLD);
    let line = reader.expect_line().or_hint(hint);
    let harmless = line.starts_with('a') && line.ends_with('b') && !line.contains(char::is_control);
    let detail = format!("the message stands in the history as {line:?}");
    server.check(harmless, Verdict::WrongBytes, &detail).or_hint(hint);
    reader.expect("after it\n").or_hint(hint);
}

#[test]
fn ten_messages_are_kept_unless_told() {
    let server = submission().start();
    let mut client = server.connect("client");
    let messages: Vec<String> = (0..12).map(|number| format!("message {number}\n")).collect();
    for message in &messages {
        client.send(message);
        client.expect(message).or_hint("echo what is no command");
    }
    client.send("HISTORY\nHISTORY 11\n");
    let answer = format!("History: 10 messages\n{}", messages[2..].concat());
    client.expect(answer.repeat(2)).or_hint("the oldest goes when there is one too many");
}

#[test]
fn the_option_says_how_many_are_kept() {
    let hint = "take the option with args.value(): 0 to 100000";
    for (number, answer) in [
        ("0", "History: 0 messages\n"),
        ("1", "History: 1 messages\nb\n"),
        ("100000", "History: 2 messages\na\nb\n"),
    ] {
        let server = submission().options(["--history", number]).start();
        let mut client = talker(&server, &["a\n", "b\n"]);
        client.send("HISTORY\n");
        client.expect(answer).or_hint(hint);
    }
    for wrong in ["-1", "100001", "many", "1.5", ""] {
        let refused = submission().options(["--history", wrong]).run().or_hint(hint);
        refused.expect_code(2).or_hint(hint);
        refused.expect_stderr("the usage", |text| text.contains("sage")).or_hint(hint);
    }
}

#[test]
fn no_more_than_1024_bytes_of_a_message_are_kept() {
    let hint = "keep the first 1,024 bytes of a message, and no more";
    let server = submission().start();
    let message = "x".repeat(4000) + "\n";
    let mut client = talker(&server, &[&message]);
    client.send("HISTORY\n");
    let header = client.expect_line().or_hint(TOLD);
    // A server that reads little at a time has made several messages of it.
    let count = header.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(1);
    let lengths: Vec<usize> = (0..count).map(|_| client.expect_line().or_hint(TOLD).len()).collect();
    let right = lengths.iter().all(|length| *length <= 1024) && lengths.iter().sum::<usize>() >= 1024;
    let detail = format!("of 4000 bytes these were kept: {lengths:?}");
    server.check(right, Verdict::WrongBytes, &detail).or_hint(hint);
}

#[test]
fn a_long_history_is_told_whole_and_in_order() {
    const MESSAGES: usize = 1200;
    let server = quiet().options(["--history", &MESSAGES.to_string()]).start();
    let mut client = server.connect("client");
    let messages: Vec<String> = (0..=MESSAGES).map(|number| format!("message {number}\n")).collect();
    // One by one: of many in one read, the last may come in two pieces, which are two messages.
    for message in &messages {
        client.send(message);
        client.expect(message).or_hint("echo what is no command");
    }
    client.send("HISTORY\n");
    client.expect(format!("History: {MESSAGES} messages\n{}", messages[1..].concat())).or_hint(TOLD);
}
