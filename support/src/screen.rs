//! Lines on the screen. A server must not end because nobody reads them: `println!` panics when standard output
//! is a broken pipe, these don't.

use std::net::SocketAddr;

use crate::Address;
use crate::notes::{STDERR, STDOUT};

/// Like `println!`, but goes on when standard output is closed.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::say_line(&format!("{}\n", format_args!($($text)*))) };
}

/// Like `eprintln!`, but goes on when standard error is closed.
#[macro_export]
macro_rules! complain {
    ($($text:tt)*) => { $crate::complain_line(&format!("{}\n", format_args!($($text)*))) };
}

/// Like [`say!`], for what may come many thousand times a second: the line is printed a moment later, together with
/// others, and nobody waits for the screen. What is said afterwards still comes after it.
#[macro_export]
macro_rules! note {
    ($($text:tt)*) => { $crate::note_line(&format!("{}\n", format_args!($($text)*))) };
}

/// Prints a line, its `\n` included, in one go, so that those of two threads never mix. See [`say!`].
pub fn say_line(line: &str) {
    STDERR.print("");
    STDOUT.print(line);
}

/// Prints a line, its `\n` included, on standard error. See [`complain!`].
pub fn complain_line(line: &str) {
    STDOUT.print("");
    STDERR.print(line);
}

/// Has a line, its `\n` included, printed soon. See [`note!`].
pub fn note_line(line: &str) {
    STDOUT.add(line.as_bytes());
}

/// The first line of every server, with the port that the system really gave. It is what a script waits for, so it
/// comes once clients can connect.
pub fn announce(asked: &Address, got: SocketAddr) {
    let address = Address { port: got.port(), ..asked.clone() };
    say!("Server listening on {address}...");
}
