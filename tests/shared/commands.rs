//! Criteria of the servers that know QUIT, EXIT, STATS and TIME.

use std::path::Path;
use std::thread;

use chrono::{DateTime, Local, TimeDelta};
use grader::{Client, Verdict, patience};

use crate::{quiet, submission};

const RECOGNISED: &str = "compare the whole message, without white space around it and in any letter case";

#[test]
fn quit_and_exit_end_the_connection() {
    let server = submission().start();
    let mut other = server.connect("other");
    for command in ["QUIT\n", "EXIT\n", "quit\r\n", "eXiT\n", "  Quit \t\n", "EXIT"] {
        let mut client = server.connect("client");
        client.send("Hello\n");
        client.expect("Hello\n").or_hint("echo what is no command");
        client.send(command);
        client.expect("Goodbye!\n").or_hint(RECOGNISED);
        client.expect_end().or_hint("close the connection after Goodbye!");
    }
    other.send("still here\n");
    other.expect("still here\n").or_hint("QUIT ends the connection of the client that said it, and no other");
}

#[test]
fn stats_tells_the_echoed_messages_of_all_clients() {
    let hint = "one counter for all clients; count a message when it is echoed, and never a command";
    let server = submission().start();
    let mut first = server.connect("first");
    let mut second = server.connect("second");
    first.send("STATS\n");
    first.expect("Messages received: 0\n").or_hint(hint);
    for client in [&mut first, &mut second] {
        client.send("one\n");
        client.expect("one\n").or_hint("echo what is no command");
        client.send("two");
        client.expect("two").or_hint("echo what is no command");
    }
    second.send("TIME\n");
    second.expect_line().or_hint("TIME is answered with a line");
    second.send("stats\n");
    second.expect("Messages received: 4\n").or_hint(hint);
    first.close();
    second.send(" Stats ");
    second
        .expect("Messages received: 4\n")
        .or_hint("the count is since the start: it keeps those of clients that left");
}

#[test]
fn stats_counts_right_when_all_talk_at_once() {
    const CLIENTS: usize = 8;
    const MESSAGES: usize = 2000;
    let server = quiet().start();
    let messages = "m\n".repeat(MESSAGES);
    let mut clients: Vec<Client> =
        (0..CLIENTS).map(|number| server.connect(&format!("client {number}"))).collect();
    let echoed: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            clients.iter_mut().map(|client| scope.spawn(|| client.exchange(messages.as_bytes()))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it doesn't panic")).collect()
    });
    for check in echoed {
        check.or_hint("echo every line, also when many come in one read");
    }
    clients[0].send("STATS\n");
    clients[0].expect(format!("Messages received: {}\n", CLIENTS * MESSAGES)).or_hint(
        "several threads count at a time: use an atomic fetch_add, or a Mutex around reading and writing",
    );
}

#[test]
fn time_is_local_in_rfc_3339() {
    let hint = "chrono: Local::now().to_rfc3339_opts(SecondsFormat::Secs, false)";
    let mut submission = submission();
    // A zone that is not this machine's, where the system knows it.
    let kolkata = Path::new("/usr/share/zoneinfo/Asia/Kolkata").exists();
    if kolkata {
        submission = submission.variable("TZ", "Asia/Kolkata");
    }
    let server = submission.start();
    let mut client = server.connect("client");
    let before = Local::now() - TimeDelta::seconds(1);
    client.send("time\n");
    let line = client.expect_line().or_hint("TIME is answered with a line");
    let after = Local::now() + TimeDelta::seconds(1);
    let told = line.strip_prefix("Server time: ").unwrap_or_default();
    let time =
        DateTime::parse_from_rfc3339(told).ok().filter(|_| told.len() == "2026-11-20T10:31:15+00:00".len());
    let detail =
        format!("expected \"Server time: 2026-11-20T10:31:15+00:00\" (as of now), received {line:?}");
    server.check(time.is_some(), Verdict::WrongBytes, &detail).or_hint(hint);
    let time = time.expect("it was checked");
    let detail = format!("expected a time between {before} and {after}, received {told}");
    server.check(before <= time && time <= after, Verdict::WrongBytes, &detail).or_hint(hint);
    let offset = if kolkata { "+05:30".into() } else { before.format("%:z").to_string() };
    let detail = format!("expected local time, {offset} from UTC, received {told}");
    server.check(told.ends_with(&offset), Verdict::WrongBytes, &detail).or_hint(hint);
    let goes_on = patience::eventually(|| {
        client.send("time\n");
        client.expect_line().or_hint("TIME is answered with a line") != line
    });
    let detail = format!("the time stands still at {told}");
    server.check(goes_on, Verdict::WrongBytes, &detail).or_hint("tell the time of the question");
}

#[test]
fn a_message_that_only_holds_a_command_is_echoed() {
    let server = submission().start();
    let mut client = server.connect("client");
    for message in
        ["QUITE\n", "QUIT now\n", "say QUIT\n", "EXITS\n", "STATS?\n", "TIMES\n", "QU IT\n", "/quit\n", "\n"]
    {
        client.send(message);
        client.expect(message).or_hint(RECOGNISED);
    }
}

#[test]
fn commands_may_be_pipelined() {
    let hint = "one read may hold several lines: answer each, in order";
    let server = submission().start();
    let mut client = server.connect("client");
    client.send("a\nSTATS\nb\nstats\nc");
    client.expect("a\nMessages received: 1\nb\nMessages received: 2\nc").or_hint(hint);
    let mut client = server.connect("hasty");
    client.send("a\nSTATS\nQUIT\n");
    client.expect("a\nMessages received: 4\nGoodbye!\n").or_hint(hint);
    client.expect_end().or_hint("close the connection after Goodbye!");
}

#[test]
fn what_follows_quit_is_not_read() {
    let hint = "QUIT ends it: neither echo nor count what comes after";
    let server = quiet().start();
    let mut client = server.connect("client");
    client.send("QUIT\nmore\nSTATS\n");
    client.expect("Goodbye!\n").or_hint(hint);
    client.expect_end().or_hint(hint);

    let mut client = server.connect("babbler");
    let flood = [&b"QUIT\n"[..], &b"more\n".repeat(200_000)].concat();
    client.send_meanwhile(&flood, |client| {
        let hint = "to close a socket with unread input resets it: shut down writing first, and read what still comes";
        client.expect("Goodbye!\n").or_hint(hint);
        let more = client.expect_gone().or_hint("close the connection after Goodbye!");
        let detail = format!("{} more bytes came after Goodbye!", more.len());
        server.check(more.is_empty(), Verdict::WrongBytes, &detail).or_hint("what follows QUIT is not echoed");
    });
    let mut client = server.connect("client");
    client.send("STATS\n");
    client.expect("Messages received: 0\n").or_hint(hint);
}

#[test]
fn a_command_typed_key_by_key_is_recognised() {
    let hint =
        "a terminal may send each key: remember the pieces of a line, and look at the whole when it ends";
    let server = submission().start();
    let mut client = server.connect("typist");
    type_keys(&mut client, "STATS");
    let mut line = client.expect_line().or_hint(hint);
    // Whether the key that ends the line is echoed too, and counted, is left open.
    let mut count = 5;
    if line == "\r" {
        line = client.expect_line().or_hint(hint);
        count = 6;
    }
    let expected = format!("Messages received: {count}");
    let detail = format!("expected {expected:?}, received {line:?}");
    server.check(line == expected, Verdict::WrongBytes, &detail).or_hint(hint);
    type_keys(&mut client, "QUIT");
    if count == 6 {
        client.expect("\r\n").or_hint("echo the end of a line always or never");
    }
    client.expect("Goodbye!\n").or_hint(hint);
    client.expect_end().or_hint("close the connection after Goodbye!");
}

/// Sends key by key, as a terminal without line editing does, and then the Enter key.
fn type_keys(client: &mut Client, keys: &str) {
    for key in keys.chars() {
        client.send(key.to_string());
        client.expect(key.to_string()).or_hint("a piece of a line is echoed at once");
    }
    client.send("\r\n");
}
