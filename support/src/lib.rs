//! What every step is given, so that its own code is about sockets and nothing else:
//! the command line ([`Args`]), the address to listen on ([`Address`]), a pause when the operating system has no descriptor
//! left ([`Shortage`]), the lines on the screen ([`say!`], [`note!`], [`complain!`], [`announce`]), a harmless rendering of what
//! the other side sent ([`printable`], [`escaped`]), and the error that `main` returns ([`OneLine`]).

mod address;
mod args;
mod notes;
mod one_line;
mod printable;
mod screen;
mod shortage;

pub use address::{Address, reachable};
pub use args::Args;
pub use notes::NotesOnStderr;
pub use one_line::OneLine;
pub use printable::{escaped, printable};
pub use screen::{announce, complain_line, flush, note_line, say_line};
pub use shortage::Shortage;
