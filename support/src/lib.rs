//! What every step is given, so that its own code is about sockets and nothing else:
//! the command line ([`Args`]), the address to listen on ([`Address`]), the lines on the screen
//! ([`say!`], [`complain!`], [`announce`]) and a harmless rendering of what a client sent ([`printable`]).

mod address;
mod args;
mod printable;
mod screen;

pub use address::{Address, reachable};
pub use args::Args;
pub use printable::printable;
pub use screen::{announce, write_line};
