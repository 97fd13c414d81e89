//! Criteria of the mode interactive, with what is typed coming from a pipe.

use std::thread;
use std::time::Duration;

use grader::{Client, Peer, Run, Verdict, patience, reference};

use crate::submission;

const LISTEN: &str = "a thread of its own reads from the server all the time, whatever the others wait for";
const GOODBYE: &str =
    "the server closes after exit: read on until it does, then say \"Disconnected from server\"";

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
