//! Criteria of the mode interactive on a terminal.

use grader::{Client, Peer, Seat};

use crate::frame::{Scratch, frame};
use crate::submission;

const SANE: &str = "whatever ends the program, the terminal is as it was before";

/// A client at a terminal, with its prompt.
fn seat() -> (Seat, Client) {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).start_on_a_terminal();
    let server = peer.accept(&client);
    let hints = |row: &str| row.contains("exit") && row.contains("quit");
    client.expect_row("a hint that exit or quit ends the session", hints).or_hint("say how to leave");
    client
        .expect_cursor_row("a prompt", |row| !row.trim().is_empty())
        .or_hint("on a terminal a prompt asks for the next line");
    (client, server)
}

/// It exists because a prompt is only on a terminal, and nothing works without it there.
#[test]
fn a_line_typed_at_the_prompt_is_sent_and_answered() {
    let (client, mut server) = seat();
    for message in ["Hello", "Hello again"] {
        client.type_in(format!("{message}\r"));
        server.expect(format!("{message}\n")).or_hint("send what was typed when Enter is pressed");
        server.send(format!("{message}!\n"));
        let reply = format!("Server: {message}!");
        client.expect_row(&format!("{reply:?}"), |row| row.ends_with(&reply)).or_hint("show the reply");
    }
    client.type_in("exit\r");
    server.expect("exit\n").or_hint("exit is sent");
    server.send("Goodbye!\n");
    server.close();
    ends(&client, "Disconnected from server");
    client
        .expect_row("\"Server: Goodbye!\"", |row| row.ends_with("Server: Goodbye!"))
        .or_hint("show its last words");
}

/// It exists because keys are keys only on a terminal.
#[test]
fn ctrl_d_ends_the_session_without_sending() {
    leaves("\x04");
}

/// It exists because an editor takes Ctrl+C for a key, where from a pipe it is a signal.
#[test]
fn ctrl_c_at_the_prompt_ends_the_session_without_sending() {
    leaves("\x03");
}

/// It exists because half a line is still to be dealt with then.
#[test]
fn ctrl_c_in_the_middle_of_a_line_ends_the_session_too() {
    leaves("half a li\x03");
}

fn leaves(keys: &str) {
    let (client, mut server) = seat();
    client.type_in(keys);
    server.expect_end().or_hint("nothing is sent, and the connection ends");
    server.close();
    ends(&client, "Disconnected from server");
}

#[test]
fn a_server_that_closes_is_noticed_at_the_prompt() {
    let (client, mut server) = seat();
    server.send("so long\n");
    server.close();
    client
        .expect_row("\"Server: so long\"", |row| row.ends_with("Server: so long"))
        .or_hint("show its last words");
    ends(&client, "Server closed the connection");
}

/// It ends with these words, and leaves the terminal as it was.
fn ends(client: &Seat, words: &str) {
    client.expect_exit(0).or_hint("the end of a session is no failure: exit code 0");
    client
        .expect_row(&format!("{words:?}"), |row| row.ends_with(words))
        .or_hint("say that the session has ended");
    client.expect_cooked().or_hint(SANE);
}

#[test]
fn sending_a_file_shows_its_progress() {
    let hint = "indicatif::ProgressBar, advanced as bytes go: it shows on a terminal only";
    let file = Scratch::new("progress", &vec![b'x'; 3_000_000]);
    let peer = Peer::listen();
    let client = submission().to(peer.address()).options(["send", file.path()]).start_on_a_terminal();
    let mut server = peer.accept(&client);
    let content = frame(&vec![b'x'; 3_000_000]);
    server.expect(&content).or_hint("send the file as a frame");
    server.send(&content[..1_000_000]);
    client.expect_row("a progress bar", |row| !row.trim().is_empty()).or_hint(hint);
    server.send(&content[1_000_000..]);
    client.expect_exit(0).or_hint(hint);
    let line = "Sent 3000000 bytes, received 3000000 bytes: identical";
    client
        .expect_row(&format!("{line:?}"), |row| row.trim() == line)
        .or_hint("the result has a row of its own");
}
