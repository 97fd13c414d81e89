//! Lines on the screen. A server must not end because nobody reads them: `println!` panics when standard output
//! is a broken pipe, these don't.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;

use crate::Address;

/// Like `println!`, but goes on when standard output is closed.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::write_line(::std::io::stdout(), format_args!($($text)*)) };
}

/// Like `eprintln!`, but goes on when standard error is closed.
#[macro_export]
macro_rules! complain {
    ($($text:tt)*) => { $crate::write_line(::std::io::stderr(), format_args!($($text)*)) };
}

/// The first line of every server, with the port that the system really gave. It is what a script waits for, so it
/// comes once clients can connect.
pub fn announce(asked: &Address, got: SocketAddr) {
    let address = Address { port: got.port(), ..asked.clone() };
    say!("Server listening on {address}...");
}

/// Writes one line at once, so that the lines of two threads never mix. See [`say!`] and [`complain!`].
pub fn write_line(mut screen: impl Write, text: fmt::Arguments<'_>) {
    let line = format!("{text}\n");
    // There is nobody to tell that the screen is gone.
    let _ = screen.write_all(line.as_bytes()).and_then(|()| screen.flush());
}
