//! What QUIT, EXIT, STATS and TIME do.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Local, TimeDelta};
use grader::{Client, Verdict, patience};

use crate::{quiet, submission};

const RECOGNIZED: &str = "A command wasn't recognized, or a message was taken for one. Compare the whole message with it, without \
                          the whitespace around it and in any letter case";

const ECHO: &str = "A message that isn't a command didn't come back as it was sent";

#[test]
fn quit_and_exit_end_the_connection() {
    let server = submission().start();
    let mut other = server.connect("other");
    for command in ["QUIT\n", "EXIT\n", "quit\r\n", "eXiT\n", "  Quit \t\n", "EXIT"] {
        let mut client = server.connect("client");
        client.send("Hello\n");
        client.expect("Hello\n").or_hint(ECHO);
        client.send(command);
        client.expect("Goodbye!\n").or_hint(RECOGNIZED);
        client.expect_end().or_hint("The connection wasn't closed after Goodbye!");
    }
    other.send("still here\n");
    other
        .expect("still here\n")
        .or_hint("QUIT ended the connection of another client than the one that sent it");
}

#[test]
fn stats_tells_the_echoed_messages_of_all_clients() {
    let hint = "STATS reported another number than the messages that were echoed. One counter serves all clients; a message \
                counts when it is echoed, and a command never";
    let server = submission().start();
    let mut first = server.connect("first");
    let mut second = server.connect("second");
    first.send("STATS\n");
    first.expect("Messages received: 0\n").or_hint(hint);
    for client in [&mut first, &mut second] {
        client.send("one\n");
        client.expect("one\n").or_hint(ECHO);
        client.send("two");
        client.expect("two").or_hint(ECHO);
    }
    second.send("TIME\n");
    second.expect_line().or_hint("TIME got no line for an answer");
    second.send("stats\n");
    second.expect("Messages received: 4\n").or_hint(hint);
    first.close();
    second.send(" Stats ");
    second
        .expect("Messages received: 4\n")
        .or_hint("The count is less than before. It is since the start of the server, so it keeps the messages of clients that left");
}

/// As many as a count in two bytes can't hold, and as several threads need to lose one: they rarely do.
#[test]
fn stats_counts_right_when_all_talk_at_once() {
    const CLIENTS: usize = 8;
    const MESSAGES: usize = 2000;
    const ROUNDS: usize = 6;
    let server = quiet().start();
    let messages = "m\n".repeat(MESSAGES);
    let mut clients: Vec<Client> =
        (0..CLIENTS).map(|number| server.connect(&format!("client {number}"))).collect();
    let start = Instant::now();
    for round in 1..=ROUNDS {
        let echoed: Vec<_> = thread::scope(|scope| {
            let talk = |client| scope.spawn(|| Client::exchange(client, messages.as_bytes()));
            let talkers: Vec<_> = clients.iter_mut().map(talk).collect();
            talkers.into_iter().map(|talker| talker.join().expect("it doesn't panic")).collect()
        });
        for check in echoed {
            check.or_hint("A line among many in one read wasn't echoed. Answer every line that a read holds");
        }
        clients[0].send("STATS\n");
        clients[0].expect(format!("Messages received: {}\n", round * CLIENTS * MESSAGES)).or_hint(
            "Some messages weren't counted while several clients talked at once. To read a number, add 1 and write it back \
             loses what another thread adds in between: count in one step that nobody can interrupt",
        );
        if start.elapsed() > Duration::from_secs(8) {
            break; // a busy machine, or a slow language
        }
    }
}

#[test]
fn time_is_local_in_rfc_3339() {
    let hint = "The answer to TIME isn't the local time in the format of RFC 3339, with whole seconds and the distance from UTC. \
                chrono can print it so";
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
    let line = client.expect_line().or_hint("TIME got no line for an answer");
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
        client.expect_line().or_hint("TIME got no line for an answer") != line
    });
    let detail = format!("the time stands still at {told}");
    server
        .check(goes_on, Verdict::WrongBytes, &detail)
        .or_hint("TIME gave the same answer again and again. Look at the clock for each question");
}

#[test]
fn a_message_that_only_holds_a_command_is_echoed() {
    let server = submission().start();
    let mut client = server.connect("client");
    for message in
        ["QUITE\n", "QUIT now\n", "say QUIT\n", "EXITS\n", "STATS?\n", "TIMES\n", "QU IT\n", "/quit\n", "\n"]
    {
        client.send(message);
        client.expect(message).or_hint(RECOGNIZED);
    }
}

#[test]
fn commands_may_be_pipelined() {
    let hint = "Several lines came in one read, and not each got its answer, in order. Treat them as if they had come alone";
    let server = submission().start();
    let mut client = server.connect("client");
    client.send("a\nSTATS\nb\nstats\nc");
    client.expect("a\nMessages received: 1\nb\nMessages received: 2\nc").or_hint(hint);
    let mut client = server.connect("hasty");
    client.send("a\nSTATS\nQUIT\n");
    client.expect("a\nMessages received: 4\nGoodbye!\n").or_hint(hint);
    client.expect_end().or_hint("The connection wasn't closed after Goodbye!");
}

#[test]
fn what_follows_quit_is_not_read() {
    let hint = "What came after QUIT was echoed or counted. QUIT ends the conversation, even in the middle of a read";
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
        let more = client.expect_gone().or_hint("The connection wasn't closed after Goodbye!");
        let detail = format!("{} more bytes came after Goodbye!", more.len());
        server.check(more.is_empty(), Verdict::WrongBytes, &detail).or_hint("What came after QUIT was echoed");
    });
    let mut client = server.connect("client");
    client.send("STATS\n");
    client.expect("Messages received: 0\n").or_hint(hint);
}

const RESET: &str = "The client sent more after QUIT, and its connection was reset. To close a socket with unread input resets \
                     the connection, and what was still on its way is lost. Shut down writing first, and read what still \
                     comes";

/// What comes in one burst with QUIT is on its way already: it must not turn the end into a reset.
#[test]
fn goodbye_is_followed_by_the_end_and_by_no_reset() {
    let server = quiet().start();
    let burst = [&b"QUIT\n"[..], &b"more\n".repeat(20_000)].concat();
    for _ in 0..3 {
        let mut client = server.connect("hasty");
        client.send(&burst);
        thread::sleep(Duration::from_millis(300)); // a reset would have come by now
        client.expect("Goodbye!\n").or_hint(RESET);
        client.expect_end().or_hint(RESET);
    }
}

#[test]
fn a_command_typed_key_by_key_is_recognized() {
    let hint = "A command that came key by key, as some terminals send it, wasn't recognized. Remember the pieces of a line, and \
                look at the whole when it ends";
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
        client.expect("\r\n").or_hint("The key that ends a line was echoed once and not the other time");
    }
    client.expect("Goodbye!\n").or_hint(hint);
    client.expect_end().or_hint("The connection wasn't closed after Goodbye!");
}

#[test]
fn lines_that_two_clients_type_do_not_mix() {
    let hint = "Two clients typed key by key, and a line of one was put together with keys of the other. What has come of a line \
                belongs to one client: keep it for each";
    let server = submission().start();
    let mut first = server.connect("first");
    let mut second = server.connect("second");
    for (client, piece) in [(&mut first, "QU"), (&mut second, "IT\n")] {
        client.send(piece);
        client.expect(piece).or_hint(hint);
    }
    second.send("STATS\n");
    second.expect("Messages received: 2\n").or_hint(hint);
    first.send("IT");
    first.expect("IT").or_hint(hint);
    first.send("\n");
    let mut line = first.expect_line().or_hint(hint);
    if line.is_empty() {
        line = first.expect_line().or_hint(hint); // whether the key that ends the line is echoed is left open
    }
    let detail = format!("expected \"Goodbye!\", received {line:?}");
    server.check(line == "Goodbye!", Verdict::WrongBytes, &detail).or_hint(hint);
}

/// Sends key by key, as a terminal without line editing does, and then the Enter key.
fn type_keys(client: &mut Client, keys: &str) {
    for key in keys.chars() {
        client.send(key.to_string());
        client
            .expect(key.to_string())
            .or_hint("A piece of a line wasn't echoed before the rest came. Echo each piece immediately");
    }
    client.send("\r\n");
}
