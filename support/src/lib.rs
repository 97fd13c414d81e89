//! What every step is given, so that its own code is about sockets and nothing else:
//! the command line ([`Args`]), the address to listen on ([`Address`]), the lines on the screen
//! ([`say!`], [`complain!`], [`announce`]), a harmless rendering of what the other side sent ([`printable`], [`escaped`]),
//! and the error that `main` returns ([`OneLine`]).

mod address;
mod args;
mod one_line;
mod printable;
mod screen;

pub use address::{Address, reachable};
pub use args::Args;
pub use one_line::OneLine;
pub use printable::{escaped, printable};
pub use screen::{announce, write_line};
