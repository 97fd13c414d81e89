//! Lines on the screen. A server must not stop because nobody reads them: `println!` panics when standard output is a
//! broken pipe, and waits when the screen takes nothing.

use std::net::SocketAddr;

use crate::Address;
use crate::notes::{STDERR, STDOUT};

/// Like `println!`, but goes on when standard output is closed. For what the program says of its own accord: it waits
/// until the screen has taken the line, and all notes before it.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::say_line(&format!("{}\n", format_args!($($text)*))) };
}

/// Like [`say!`], for what clients cause, perhaps many thousand times a second: the line is printed a moment later, together
/// with others, and nobody waits for the screen. A program that exits early calls [`flush`] before.
#[macro_export]
macro_rules! note {
    ($($text:tt)*) => { $crate::note_line(&format!("{}\n", format_args!($($text)*))) };
}

/// Like [`note!`], on standard error.
#[macro_export]
macro_rules! complain {
    ($($text:tt)*) => { $crate::complain_line(&format!("{}\n", format_args!($($text)*))) };
}

/// Prints a line, its `\n` included, in one go, so that those of two threads never mix. See [`say!`].
pub fn say_line(line: &str) {
    STDERR.print("");
    STDOUT.print(line);
}

/// Has a line, its `\n` included, printed soon. See [`note!`].
pub fn note_line(line: &str) {
    STDOUT.add(line.as_bytes());
}

/// Has a line, its `\n` included, printed soon on standard error. See [`complain!`].
pub fn complain_line(line: &str) {
    STDERR.add(line.as_bytes());
}

/// Prints all notes and complaints, and waits until the screen has taken them.
pub fn flush() {
    STDOUT.print("");
    STDERR.print("");
}

/// Prints the first line of every server, with the port that the operating system really gave. A script waits for it, so
/// call this once clients can connect.
pub fn announce(asked: &Address, got: SocketAddr) {
    // Later there may be no thread left for them, and a client would wait for the screen.
    STDOUT.start_printer();
    STDERR.start_printer();
    let address = Address { port: got.port(), ..asked.clone() };
    say!("Server listening on {address}...");
}
