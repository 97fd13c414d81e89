//! How fast the protocol is without sockets: the bytes of a read become messages, and messages become replies.
//!
//! `cargo bench -p sol03_enhanced`

use std::sync::Arc;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use sol03_enhanced::{Echo, Framing, Lines, Responder};
use support::printable;

/// The largest read of the engine.
const READ: usize = 64 * 1024;

fn main() {
    divan::main();
}

/// One client's protocol.
struct Client {
    lines: Lines,
    echo: Echo,
    reply: Vec<u8>,
}

impl Client {
    fn new() -> Self {
        Self { lines: Lines::default(), echo: Echo::new("", &Arc::default()), reply: Vec::new() }
    }

    /// Answers all messages of one read.
    fn answer(&mut self, read: &[u8]) {
        self.reply.clear();
        for message in self.lines.split(read) {
            black_box(self.echo.respond(&message, &mut self.reply));
        }
    }
}

fn measure(bencher: Bencher, read: &[u8]) {
    let mut client = Client::new();
    bencher.counter(BytesCount::of_slice(read)).bench_local(|| client.answer(black_box(read)));
}

/// A read that is full of lines of this length.
#[divan::bench(args = [8, 64, 1024, READ])]
fn lines(bencher: Bencher, length: usize) {
    let line = [vec![b'x'; length - 1], b"\n".to_vec()].concat();
    measure(bencher, &line.repeat(READ / length));
}

/// A read that is part of a line without an end.
#[divan::bench]
fn endless_line(bencher: Bencher) {
    measure(bencher, &vec![b'x'; READ]);
}

/// What a terminal sends that sends each key.
#[divan::bench]
fn key(bencher: Bencher) {
    measure(bencher, b"x");
}

#[divan::bench]
fn command(bencher: Bencher) {
    measure(bencher, b"STATS\n");
}

/// What the log shows of a message.
#[divan::bench(args = ["text", "Unicode", "escapes"])]
fn shown(bencher: Bencher, content: &str) {
    let message = match content {
        "text" => "Hello, Server!\n",
        "Unicode" => "Grüße aus Köln 👋\n",
        _ => "\u{1b}[31m\u{1b}[2J\n",
    };
    bencher.bench_local(|| printable(black_box(message.as_bytes())).to_string());
}
