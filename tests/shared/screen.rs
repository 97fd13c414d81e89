//! What a server prints on standard output about its clients.

use grader::{Client, Server, Verdict};

use crate::{closed, echoed, quiet, received, submission};

/// Two clients and several messages, as what is right for the first may be wrong for the next.
#[test]
fn each_event_is_a_line_in_order() {
    let hint = "A line is missing, comes in another order, or is worded differently. Print each event when it happens: \
                \"Received\" after a read, \"Echoed\" when all is written, \"Connection closed\" when a read has \
                returned 0 bytes; the text without its line ending";
    let server = submission().start();
    for _ in 0..2 {
        let mut client = server.connect("client");
        let peer = client.address();
        let mut lines = vec![format!("Connection from {peer}")];
        for (message, shown) in
            [("Hello, Server!\r\n", "Hello, Server!"), ("no newline", "no newline"), ("again\n", "again")]
        {
            client.send(message);
            client.expect(message).or_hint("A message didn't come back as it was sent");
            lines.extend([received(peer) + shown, echoed(peer) + shown]);
            // Another thread may print it: then the next message could overtake it.
            server.stdout().expect_line(&lines[lines.len() - 1]).or_hint(hint);
        }
        client.close();
        lines.push(closed(peer));
        server.stdout().expect_lines(&lines).or_hint(hint);
    }
}

#[test]
fn the_end_of_a_lost_client_is_a_line_too() {
    let server = submission().start();
    let mut client = server.connect("crasher");
    let peer = client.address();
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("A message didn't come back as it was sent");
    client.reset();
    let hint = "A client's connection was reset, and no line says that it is closed. An error of read ends the visit too: \
                print \"Connection closed\" after it as well";
    server.stdout().expect_line(&closed(peer)).or_hint(hint);
}

#[test]
fn quiet_leaves_out_what_was_said() {
    let server = quiet().start();
    let mut client = server.connect("client");
    let peer = client.address();
    client.send("Hello\n");
    client
        .expect("Hello\n")
        .or_hint("With --quiet the message didn't come back. The option changes only what is printed");
    client.close();
    let lines = [format!("Connection from {peer}"), closed(peer)];
    let hint = "With --quiet, \"Received\" and \"Echoed\" are left out and the other lines stay";
    server.stdout().expect_lines(&lines).or_hint(hint);
}

#[test]
fn what_a_client_sends_cannot_forge_a_line() {
    let message = "x\nConnection closed\nConnection closed: 1.2.3.4:5\nx";
    let server = submission().start();
    let mut client = server.connect("forger");
    show(&server, &mut client, message.as_bytes());
    // The client is still connected: no line may say otherwise.
    let forged = server.stdout().lines().into_iter().find(|line| line.starts_with("Connection closed"));
    server.expect_none(forged, Verdict::WrongOutput, "this line was made by the client").or_hint(
        "A client sent a line break, and what followed it stands on a line of its own, as if your server had printed \
         it. Show line breaks escaped",
    );
}

/// All of them, one by one: whoever thinks of some forgets others.
#[test]
fn no_control_character_of_a_client_reaches_the_screen() {
    let server = submission().start();
    let mut client = server.connect("prankster");
    let text = ["\u{2028}", "\u{2029}", "\u{61c}", "\u{200e}", "\u{200f}"].map(String::from);
    let bidirectional = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').map(String::from);
    let controls = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32).map(String::from);
    let raw = (0x80..0xa0).map(|byte: u8| vec![byte]);
    let all = text.into_iter().chain(bidirectional).chain(controls).map(String::into_bytes).chain(raw);
    // Several on a line, as each line is waited for; not so many that they are cut.
    let all: Vec<Vec<u8>> = all.collect();
    for some in all.chunks(6) {
        show(&server, &mut client, &some.join(&b'-'));
    }
    let is_raw = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let telling = server.stdout().lines().into_iter().find(|line| line.contains(is_raw));
    server
        .expect_none(telling, Verdict::WrongOutput, "a control character that a client sent stands in this line")
        .or_hint(
            "A terminal obeys what it is sent: it clears the screen, moves the cursor, or shows a line backwards. Escape \
             all control characters (C0, DEL, C1), the line and paragraph separators and the bidirectional controls",
        );
}

/// Has a message echoed that is shown as it is only in part, and waits for its line.
fn show(server: &Server, client: &mut Client, message: &[u8]) {
    let message = [b"x", message, b"x"].concat();
    let before = server.stdout().lines().len();
    let start = echoed(client.address()) + "x";
    client.send(&message);
    client.expect(&message).or_hint("Echo the bytes unchanged; only the screen shows them escaped");
    let description = format!("the message, beginning with {start:?}");
    server
        .stdout()
        .expect_after(before, &description, |line| line.starts_with(&start))
        .or_hint("Print \"Echoed\" for each message, with its text, on one line");
}

#[test]
fn a_long_message_is_cut_on_the_screen() {
    let hint = "A message of 80 characters is shown whole, and of a longer one no more than 80. Without that, one client \
                fills your screen";
    let server = submission().start();
    let mut client = server.connect("client");
    let start = received(client.address());
    for length in [80, 2000] {
        let message = "x".repeat(length);
        let before = server.stdout().lines().len();
        client.send(&message);
        client.expect(&message).or_hint("Echo all of a long message; only the screen shows it cut");
        // A mark that something is missing may take the place of the last few.
        let least = if length > 80 { 60 } else { 80 };
        let cut = |line: &str| {
            line.strip_prefix(&start).is_some_and(|text| (least..=80).contains(&text.matches('x').count()))
        };
        let description = format!("{start:?} and 80 of the {length} characters");
        server.stdout().expect_after(before, &description, cut).or_hint(hint);
    }
}
