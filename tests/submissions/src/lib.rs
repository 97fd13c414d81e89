//! Wrong submissions, one deliberate mistake each, and the tests that fail because of it. The right submissions are
//! programs of their own, in `src/bin` and `python`; what they share with the wrong ones is correct unless a mistake is made.

#![allow(clippy::missing_errors_doc)] // what can fail is listening, and it says so
#![allow(clippy::wildcard_imports)] // the names of tests

pub mod wrong;

pub use wrong::command_line::{announce, listen};
pub use wrong::screen::Screen;
pub use wrong::visit::accept;

/// Takes the address and `--quiet` from this process's command line.
pub fn command_line(about: &'static str) -> (support::Address, bool) {
    wrong::command_line::parse(about, std::env::args_os().skip(1).collect())
}
