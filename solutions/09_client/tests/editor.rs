//! What the reference does at a terminal beyond the contract.

#![cfg(unix)]

use grader::{Client, Peer, Seat};

grader::step!("09_client");

const UP: &str = "\x1b[A";
const LEFT: &str = "\x1b[D";

/// A client at its prompt.
fn seat() -> (Seat, Client) {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).start_on_a_terminal();
    let server = peer.accept(&client);
    cursor_row(&client, ">");
    (client, server)
}

fn cursor_row(client: &Seat, text: &str) {
    client.expect_cursor_row(&format!("{text:?}"), |row| row.trim_end() == text).or_hint("see keyboard.rs");
}

#[test]
fn what_the_server_says_stands_above_what_is_typed() {
    let (client, mut server) = seat();
    client.type_in("half a ");
    cursor_row(&client, "> half a");
    server.send("first\nsecond\n");
    for row in ["Server: first", "Server: second"] {
        client.expect_row(row, |shown| shown == row).or_hint("each has a row of its own");
    }
    cursor_row(&client, "> half a");
    client.type_in("line\r");
    server.expect("half a line\n").or_hint("the line is still whole");
}

#[test]
fn a_line_can_be_edited_and_had_again() {
    let (client, mut server) = seat();
    client.type_in(format!("Hllo{LEFT}{LEFT}{LEFT}e\r"));
    server.expect("Hello\n").or_hint("the arrow keys move the cursor");
    cursor_row(&client, ">");
    client.type_in(format!("{UP}!\r"));
    server.expect("Hello!\n").or_hint("the arrow up brings back the line before");
}

#[test]
fn lines_that_are_pasted_are_all_sent() {
    let (client, mut server) = seat();
    client.type_in("one\rtwo\rthree\r");
    server.expect("one\ntwo\nthree\n").or_hint("what is typed ahead is kept for the next line");
}

#[test]
fn the_terminal_is_put_back_when_the_server_closes_as_the_prompt_opens() {
    for _ in 0..30 {
        let peer = Peer::listen();
        let client = submission().to(peer.address()).start_on_a_terminal();
        peer.accept(&client).close();
        client.expect_exit(0).or_hint("the end of a session is no failure");
        client.expect_cooked().or_hint("see Screen::close");
    }
}

#[test]
fn the_terminal_is_put_back_in_the_middle_of_a_line() {
    let (client, server) = seat();
    client.type_in("half a li");
    cursor_row(&client, "> half a li");
    server.close();
    client.expect_exit(0).or_hint("the end of a session is no failure");
    client.expect_cooked().or_hint("see cooked.rs");
    cursor_row(&client, "");
    client.expect_row("the last line", |row| row == "Server closed the connection").or_hint("say it");
}
