//! The mode test: three messages, each with its echo.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use support::{complain, escaped, say};

const MESSAGES: [&str; 3] = ["Hello", "World", "Test"];

/// How long an echo may take.
const TIME: Duration = Duration::from_secs(3);

/// A reply need not be read on when it is longer than this.
const LONGEST_REPLY: usize = 64 * 1024;

/// Sends the messages, one after the other, up to the first without an echo. Returns whether all were echoed.
pub fn run(mut server: &TcpStream) -> bool {
    say!("Connected to server");
    let mut echoed = 0;
    for message in MESSAGES {
        say!("Sent: {message}");
        let _ = server.write_all(message.as_bytes()); // if it fails, no echo comes
        let reply = receive(server, message);
        if !reply.is_empty() {
            say!("Received: {}", escaped(&reply));
        }
        if !reply.ends_with(message.as_bytes()) {
            complain!("Error: {message} was not echoed");
            break;
        }
        echoed += 1;
    }
    say!("{echoed} of {} messages echoed", MESSAGES.len());
    echoed == MESSAGES.len()
}

/// Reads until what has come ends with the message: it may come in pieces, and with a prefix. Returns what came until the
/// time was over, or the connection.
fn receive(mut server: &TcpStream, message: &str) -> Vec<u8> {
    let end = Instant::now() + TIME;
    let mut reply = Vec::new();
    let mut buffer = [0; 1024];
    // TODO 5: Read until the reply ends with the message, or has LONGEST_REPLY bytes, or the time
    // or the connection is over. Each read may take the time that is left: see
    // TcpStream::set_read_timeout, which refuses 0.
    todo!("TODO 5: await the echo");
    reply
}
