//! The mode interactive, with what is typed coming from a pipe.

use std::thread;
use std::time::Duration;

use grader::{Client, Peer, Run, Verdict, patience, reference};

use crate::submission;

const LISTEN: &str = "What the server sent wasn't shown as soon as it came. A thread of its own reads from the server all the time, whatever the others wait for";
const GOODBYE: &str = "After exit or quit the session didn't end as the task shows it. The server closes then: read on until it does, and report the end";

/// More than all buffers on the way hold.
const FLOOD: usize = 8_000_000;

/// A client in a conversation with a server that does what the criterion tells it; its input is open.
fn conversation() -> (Run, Client) {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).piped().start_client();
    let server = peer.accept(&client);
    (client, server)
}

/// It exists because it is the session that everybody tries first.
#[test]
fn each_line_gets_its_reply_from_the_server_of_step_03() {
    let server = reference("03_enhanced").start();
    let client = submission().to(server.address()).piped().start_client();
    let connected = format!("Connected to server at {}", server.address());
    client.stdout().patiently().expect_line(&connected).or_hint("say to whom it is connected");
    let hints = |line: &str| line.contains("exit") && line.contains("quit");
    client
        .stdout()
        .expect_after(1, "a hint that exit or quit ends the session", hints)
        .or_hint("tell the user how to end the session");
    for message in ["Hello, Server!", "a", "b"] {
        client.type_in(format!("{message}\n"));
        // No prompt before it: that is only for a terminal.
        client.stdout().expect_line(&format!("Server: {message}")).or_hint(LISTEN);
    }
    client.type_in("EXIT\n");
    client.stdout().expect_line("Server: Goodbye!").or_hint(GOODBYE);
    client.expect_exit(0).or_hint(GOODBYE);
    client.stdout().expect_line("Disconnected from server").or_hint(GOODBYE);
}

#[test]
fn a_line_is_sent_with_its_newline_and_an_empty_one_is_not() {
    let hint = "send each line with \"\\n\" behind it, and nothing for an empty one";
    let (client, mut server) = conversation();
    client.type_in("a\n\n\r\nb c \u{e9}\n\nlast");
    client.end_input();
    server.expect("a\nb c \u{e9}\nlast\n").or_hint(hint);
    server.expect_end().or_hint("at the end of the pipe, shut down the sending side");
}

#[test]
fn at_the_end_of_the_pipe_all_replies_are_still_shown() {
    let hint = "shut down the sending side only (Shutdown::Write), and read until the server closes";
    let (client, mut server) = conversation();
    client.type_in("a\nb\n");
    client.end_input();
    server.expect("a\nb\n").or_hint("send what comes through the pipe");
    server.expect_end().or_hint(hint);
    let replies = ["first", "second", "third"];
    for reply in replies {
        thread::sleep(Duration::from_millis(100));
        server.send(format!("{reply}\n"));
        client.stdout().expect_line(&format!("Server: {reply}")).or_hint(hint);
    }
    server.close();
    client.expect_exit(0).or_hint("when the server has closed, all is said: exit code 0");
    let mut shown = client.stdout().lines();
    shown.retain(|line| line.starts_with("Server:"));
    let detail = format!("the server said {replies:?}, and these lines were shown: {shown:?}");
    let is_exact = shown == replies.map(|reply| format!("Server: {reply}"));
    client.check(is_exact, Verdict::WrongOutput, &detail).or_hint(
        "a line of the server's is one line on the screen; the newline is its end, and not a line more",
    );
}

#[test]
fn exit_or_quit_in_any_case_sends_exit() {
    for word in ["exit", "QUIT", "Exit", "qUiT"] {
        let (client, mut server) = conversation();
        client.type_in(format!("{word}\n"));
        server.expect("exit\n").or_hint("exit and quit, in any letter case, send \"exit\"");
        // A server may take its time.
        thread::sleep(Duration::from_millis(200));
        server.send("Goodbye!\n");
        server.close();
        client.stdout().expect_line("Server: Goodbye!").or_hint(GOODBYE);
        client.expect_exit(0).or_hint(GOODBYE);
        client.stdout().expect_line("Disconnected from server").or_hint(GOODBYE);
    }
}

#[test]
fn words_that_only_begin_like_exit_are_messages() {
    let (client, mut server) = conversation();
    client.type_in("exit now\nexits\nplease quit\n");
    server.expect("exit now\nexits\nplease quit\n").or_hint("exit is a word on a line of its own");
}

#[test]
fn after_exit_a_server_that_stays_is_not_waited_for_without_end() {
    let hint = "wait for the server's last words some seconds at most: recv_timeout(), say";
    let (client, mut server) = conversation();
    client.type_in("exit\n");
    server.expect("exit\n").or_hint("send \"exit\"");
    let ends = patience::eventually_within(Duration::from_secs(12), || client.has_ended());
    client.check(ends, Verdict::Late, "after exit it waits for a server that stays").or_hint(hint);
    client.expect_exit(0).or_hint(hint);
    client.stdout().expect_line("Disconnected from server").or_hint(hint);
}

/// It exists because a time limit for each read never comes while something is read.
#[test]
fn after_exit_a_server_that_talks_on_is_not_waited_for_without_end() {
    let hint = "After exit the client didn't end while the server kept talking. The time that you wait for its last words is limited in \
                all, not for each of them";
    let (client, mut server) = conversation();
    client.type_in("exit\n");
    server.expect("exit\n").or_hint("On exit, \"exit\" is sent");
    let ends = patience::eventually_within(Duration::from_secs(15), || {
        server.send("more\n");
        thread::sleep(Duration::from_millis(200));
        client.has_ended()
    });
    client.check(ends, Verdict::Late, "after exit it listens to a server that talks on and on").or_hint(hint);
    client.expect_exit(0).or_hint(hint);
    client.stdout().expect_line("Disconnected from server").or_hint(hint);
}

#[test]
fn a_server_that_speaks_first_is_heard_at_once() {
    let (client, mut server) = conversation();
    server.send("Welcome!\n");
    client.stdout().expect_line("Server: Welcome!").or_hint(LISTEN);
    server.send("And again.\r\n");
    client.stdout().expect_line("Server: And again.").or_hint(LISTEN);
}

#[test]
fn a_reply_without_a_newline_is_shown_at_once() {
    let hint = "read() returns what has come; read_line() waits for a newline that may never come";
    let (client, mut server) = conversation();
    server.send("Hello");
    client.stdout().expect_line("Server: Hello").or_hint(hint);
    server.send("a\nb");
    for line in ["Server: a", "Server: b"] {
        client.stdout().expect_line(line).or_hint("each line has \"Server: \" before it");
    }
}

#[test]
fn a_server_that_closes_is_noticed_at_once() {
    let hint = "read() returning 0 in the listening thread ends the program, also while it waits for a line";
    let (client, server) = conversation();
    server.close();
    client.expect_exit(0).or_hint(hint);
    client.stdout().expect_line("Server closed the connection").or_hint(hint);

    let (client, mut server) = conversation();
    server.send("so long");
    server.close();
    client.expect_exit(0).or_hint(hint);
    client
        .stdout()
        .expect_lines(&["Server: so long", "Server closed the connection"].map(String::from))
        .or_hint(hint);
}

#[test]
fn a_server_that_crashes_has_closed_too() {
    let hint = "an error of read() is the end as well: no unwrap() on its way";
    let (client, mut server) = conversation();
    client.type_in("Hello\n");
    server.expect("Hello\n").or_hint("send each line");
    server.reset();
    client.expect_exit(0).or_hint(hint);
    client.stdout().expect_line("Server closed the connection").or_hint(hint);
}

/// What is typed at the moment of the crash finds a connection that is reset already.
#[cfg(unix)]
#[test]
fn a_line_typed_as_the_server_crashes_does_no_harm() {
    let hint = "The server's connection was reset while a line was typed, and the client didn't end as it should. A write fails then, \
                too: that is the end of the session, and no reason to panic";
    for _ in 0..3 {
        let (client, mut server) = conversation();
        client.type_in("Hello\n");
        server.expect("Hello\n").or_hint("A line that was typed wasn't sent");
        client.while_stopped(|| {
            server.reset();
            client.type_in("one\ntwo\nthree\n");
            thread::sleep(Duration::from_millis(50)); // until it is in the pipe
        });
        client.expect_exit(0).or_hint(hint);
        client.stdout().expect_line("Server closed the connection").or_hint(hint);
    }
}

/// Linux keeps what has come before a reset; other systems may throw it away.
#[cfg(target_os = "linux")]
#[test]
fn the_last_words_of_a_server_that_crashes_are_shown() {
    let hint = "What the server sent just before it crashed wasn't shown. A line may have no end: show what has come of it before you \
                report the end of the connection, even if that is an error";
    let (client, mut server) = conversation();
    client.while_stopped(|| {
        server.send("so long");
        server.reset();
    });
    client.expect_exit(0).or_hint(hint);
    let lines = ["Server: so long", "Server closed the connection"].map(String::from);
    client.stdout().expect_lines(&lines).or_hint(hint);
}

#[cfg(unix)]
#[test]
fn ctrl_z_and_fg_are_not_the_end() {
    let hint = "After Ctrl+Z and fg the session was over. A call that waits may be interrupted then, and fails with an error of its own \
                kind: call it again";
    let (client, mut server) = conversation();
    for word in ["one", "two"] {
        client.pause();
        server.send(format!("{word}\n"));
        client.stdout().expect_line(&format!("Server: {word}")).or_hint(hint);
        client.pause();
        client.type_in(format!("{word}\n"));
        server.expect(format!("{word}\n")).or_hint(hint);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_without_an_end_needs_no_memory() {
    const LINE: usize = 100_000_000;
    let (client, mut server) = conversation();
    server.send("Hello\n");
    client.stdout().expect_line("Server: Hello").or_hint(LISTEN);
    let before = client.memory_peak();
    server.pour(&vec![b'x'; 64 * 1024], LINE, |_, sending| sending.wait_until_stuck());
    let grown = client.memory_peak().saturating_sub(before);
    let detail = format!("its memory grew by {} MB", grown / 1_000_000);
    client.check(grown < LINE as u64 / 4 * 3, Verdict::OutOfBounds, &detail).or_hint(
        "The memory of the client grew with a line from the server that has no end. Show what has come when it is long enough, and \
         don't wait for its end",
    );
}

#[test]
fn what_the_server_says_can_neither_forge_a_line_nor_move_the_cursor() {
    let hint = "show it with escaped(), line by line: it escapes control characters and cuts nothing";
    let (client, mut server) = conversation();
    let long = "x".repeat(3000);
    server.send(format!(
        "a\x1b[2Jb\rServer closed the connection\nDisconnected from server\n\x07\u{9b}31m\n{long}\n"
    ));
    client.stdout().expect_line("Server: Disconnected from server").or_hint(hint);
    let whole = |line: &str| line == format!("Server: {long}");
    client.stdout().expect_after(0, "a long line, not cut", whole).or_hint(hint);
    let wrong = |line: &String| line.contains(char::is_control) || line == "Disconnected from server";
    let made = client.stdout().lines().into_iter().find(wrong);
    let detail = "this line was made by the server";
    client.expect_none(made, Verdict::WrongOutput, detail).or_hint(hint);
}

#[test]
fn a_flood_through_the_pipe_is_no_deadlock() {
    let hint =
        "replies have to be read while lines are sent: with all buffers full, both sides would wait for ever";
    let (client, mut server) = conversation();
    let line = "x".repeat(9_999) + "\n";
    let some = line.repeat(10);
    for _ in 0..FLOOD / some.len() {
        client.type_in(&some);
    }
    client.type_in("the end\n");
    client.end_input();
    for _ in 0..FLOOD / some.len() {
        server.expect(&some).or_hint(hint);
        server.expect_taken(&some).or_hint(hint);
    }
    server.expect("the end\n").or_hint(hint);
    server.expect_end().or_hint(hint);
    server.close();
    let ends = patience::eventually_within(Duration::from_secs(20), || client.has_ended());
    client.check(ends, Verdict::Late, "the server has closed, and the client still runs").or_hint(hint);
}

#[test]
fn output_that_nobody_hears_is_no_reason_to_panic() {
    let hint = "println! panics when the pipe is closed; say! goes on";
    let peer = Peer::listen();
    let client = submission().to(peer.address()).piped().unheard().start_client();
    let mut server = peer.accept(&client);
    for _ in 0..3 {
        client.type_in("Hello\n");
        server.expect("Hello\n").or_hint(hint);
        server.send("Hello\n");
    }
    client.type_in("exit\n");
    server.expect("exit\n").or_hint(hint);
    server.close();
    client.expect_exit(0).or_hint(hint);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_session_without_sending() {
    let hint = "ctrlc::set_handler(): close the connection, say \"Disconnected from server\", exit code 0";
    let (client, mut server) = conversation();
    client.type_in("Hello\n");
    server.expect("Hello\n").or_hint("send each line");
    client.interrupt();
    server.expect_end().or_hint("Ctrl+C sends nothing, and closes");
    server.close();
    client.expect_exit(0).or_hint(hint);
    client.stdout().expect_line("Disconnected from server").or_hint(hint);
}
