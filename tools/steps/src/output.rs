//! What the tools print: to a pipe that may be closed, to a disk that may be full, or to a screen.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};

/// Prints to standard output.
///
/// # Errors
/// It can't be written, or nobody reads it any more: [`exit`] treats that as a success.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).context(Stdout)
}

/// What standard output's errors are about, so that they aren't confused with those of another pipe.
#[derive(Debug)]
struct Stdout;

impl std::fmt::Display for Stdout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot write to standard output")
    }
}

/// Whether the reader of standard output has left, as `head` does.
pub fn is_closed(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    error.is::<Stdout>() && kind == Some(io::ErrorKind::BrokenPipe)
}

/// The exit code of a tool. An error is one sentence on standard error, and exit code 2.
pub fn exit(result: Result<ExitCode>) -> ExitCode {
    result.unwrap_or_else(|error| {
        if is_closed(&error) {
            return ExitCode::SUCCESS;
        }
        complain(&format!("Error: {error:#}"));
        ExitCode::from(2)
    })
}

/// Prints a line to standard error, if that can be written.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Shows how far something is, in a line that the next call writes over. An empty text removes it.
pub fn status(text: &str) {
    if is_screen(&io::stderr()) {
        let _ = write!(io::stderr(), "\r\x1b[K{text}");
    }
}

/// Whether escape sequences work there.
pub fn is_screen(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether colors work there and are wanted: see <https://no-color.org>.
pub fn is_colored(stream: &impl IsTerminal) -> bool {
    is_screen(stream) && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
