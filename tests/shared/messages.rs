//! How messages are echoed, with a prefix if there is one.

use crate::submission;

const HINT: &str = "A message came back without the prefix, or with one in the wrong place. A message is a line, or what a read holds after its \
     last line ending; each gets the prefix";

#[test]
fn the_prefix_stands_before_every_message() {
    let server = submission().options(["--prefix", "Server received: "]).start();
    let mut client = server.connect("client");
    client.send("Hello\n");
    client.expect("Server received: Hello\n").or_hint(HINT);
    client.send("no newline");
    client.expect("Server received: no newline").or_hint(HINT);
    client.send(" but now\n");
    client.expect("Server received:  but now\n").or_hint(HINT);
    client.send("one\ntwo\r\n\nthree");
    client
        .expect("Server received: one\nServer received: two\r\nServer received: \nServer received: three")
        .or_hint(HINT);
}

#[test]
fn replies_have_no_prefix() {
    let server = submission().options(["--prefix", "> "]).start();
    let mut client = server.connect("client");
    client.send("Hello\nSTATS\nQUIT\n");
    client.expect("> Hello\nMessages received: 1\nGoodbye!\n").or_hint(
        "The reply to a command has the prefix, which is for what is echoed: a reply is the server's own",
    );
    client.expect_end().or_hint("The connection wasn't closed after Goodbye!");
}
