//! What the reference does with a pipe that holds a line without an end.

use grader::Peer;

grader::step!("09_client");

#[test]
fn a_long_line_is_sent_as_it_is() {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).piped().start_client();
    let mut server = peer.accept(&client);
    let line = "exit ".repeat(50_000) + "\r\n"; // 250,000 bytes, in several pieces
    client.type_in(line.as_bytes());
    client.type_in("a short one\r\n\nexit\n");
    server.expect(&line).or_hint("a piece of a line is no line");
    server.expect("a short one\nexit\n").or_hint("the next line is a line again");
    server.close();
    client.expect_exit(0).or_hint("exit ends it");
}

#[cfg(target_os = "linux")]
#[test]
fn an_endless_line_needs_no_memory() {
    const LINE: usize = 64 * 1024 * 1024;
    let peer = Peer::listen();
    let client = submission().to(peer.address()).piped().start_client();
    let mut server = peer.accept(&client);
    client.type_in("Hello\n");
    server.expect("Hello\n").or_hint("send what is typed");
    let before = client.memory_peak();
    client.type_in(vec![0; LINE]);
    server.expect(vec![0; LINE]).or_hint("send a long line in pieces");
    let grown = client.memory_peak() - before;
    assert!(grown < 8 * 1024 * 1024, "{grown} bytes");
}
