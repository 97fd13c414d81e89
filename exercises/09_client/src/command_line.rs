//! The command line: `09_client [HOST [PORT]] [interactive | test | send FILE]`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::{env, process};

use support::{Address, complain, flush, say};

const USAGE: &str = "Usage: 09_client [HOST [PORT]] [interactive | test | send FILE]";

const HELP: &str = "
Arguments:
  HOST           the server's name or address [default: localhost]
  PORT           1 to 65535 [default: 8080]

Modes:
  interactive    sends what you type and shows what the server says; the default
  test           sends Hello, World and Test, and expects their echoes
  send FILE      sends a file as one frame to the server of step 08, and compares what comes back

Options:
  --help         print this

Example:
  09_client 127.0.0.1 4444 test";

/// What the client is to do.
pub enum Mode {
    Interactive,
    Test,
    Send(PathBuf),
}

/// Takes the command line of this process. Ends the program if help was asked for (exit code 0) or something is wrong
/// (reason and usage on standard error, exit code 2).
pub fn take() -> (Address, Mode) {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        say!("Talks to an echo server.\n\n{USAGE}\n{HELP}");
        process::exit(0);
    }
    parse(words).unwrap_or_else(|reason| {
        complain!("Error: {reason}\n{USAGE}\nTry --help for more.");
        flush();
        process::exit(2);
    })
}

fn parse(words: Vec<OsString>) -> Result<(Address, Mode), String> {
    let mut words = words.into_iter().peekable();
    let is_address = |word: &OsString| word != "interactive" && word != "test" && word != "send";
    let host = words.next_if(is_address).map_or("localhost".into(), text);
    let port = words.next_if(is_address).map_or("8080".into(), text);
    let mode = words.next().map_or("interactive".into(), text);
    if let Some(option) = [&host, &port, &mode].into_iter().find(|word| word.starts_with('-')) {
        return Err(format!("there is no option {option:?}"));
    }
    let number = port.parse().ok().filter(|&port| port != 0);
    let port = number.ok_or_else(|| format!("the port must be a number from 1 to 65535, not {port:?}"))?;
    let mode = match mode.as_str() {
        "interactive" => Mode::Interactive,
        "test" => Mode::Test,
        "send" => Mode::Send(words.next().ok_or("send needs a file")?.into()),
        _ => return Err(format!("there is no mode {mode:?}")),
    };
    match words.next() {
        None => Ok((Address { host, port }, mode)),
        Some(extra) => Err(format!("there is nothing to do with {:?}", text(extra))),
    }
}

fn text(word: impl AsRef<OsStr>) -> String {
    word.as_ref().to_string_lossy().into_owned()
}
