//! What was read, cut into messages, and which of them are commands.

use std::io::BufRead;
use std::iter;

use super::Fault;

/// A longer line can't be a command.
const LONGEST_COMMAND: usize = 1024;

#[derive(Clone, Copy, PartialEq)]
pub enum Command {
    Quit,
    Stats,
    Time,
}

/// The messages of one read, in order.
pub fn messages(fault: Fault, read: &[u8]) -> impl Iterator<Item = &[u8]> {
    let most = if fault.is("answers_the_first_line_of_a_read_only") { 1 } else { usize::MAX };
    let mut rest = read;
    // Megabytes come through here: skip_until() looks at several bytes at a time.
    let next = move || {
        let start = rest;
        let length = rest.skip_until(b'\n').ok().filter(|&length| length > 0)?;
        Some(&start[..length])
    };
    iter::from_fn(next).take(most)
}

/// The pieces of a line that has no end yet.
#[derive(Default)]
pub struct Line {
    pieces: Vec<u8>,
}

impl Line {
    /// The command that `piece` is, or that it completes.
    pub fn command(&mut self, fault: Fault, piece: &[u8]) -> Option<Command> {
        let command = recognise(fault, piece);
        if command.is_some() {
            self.pieces.clear();
            return command;
        }
        if fault.is("does_not_know_typed_commands") {
            return None;
        }
        self.remember(fault, piece);
        if !piece.ends_with(b"\n") {
            return None;
        }
        let command = recognise(fault, &self.pieces);
        if !fault.is("never_forgets_what_was_typed") {
            self.pieces.clear();
        }
        command
    }

    fn remember(&mut self, fault: Fault, piece: &[u8]) {
        let room = match fault {
            Fault("keeps_the_whole_line") => usize::MAX,
            _ => (LONGEST_COMMAND + 1).saturating_sub(self.pieces.len()),
        };
        self.pieces.extend_from_slice(&piece[..piece.len().min(room)]);
    }
}

fn recognise(fault: Fault, text: &[u8]) -> Option<Command> {
    if text.len() > LONGEST_COMMAND {
        return None;
    }
    let word = match fault {
        Fault("does_not_trim") => without_line_ending(text),
        _ => text.trim_ascii(),
    };
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let is_quit = match fault {
        Fault("takes_quite_for_quit") => word.len() >= 4 && word[..4].eq_ignore_ascii_case(b"QUIT"),
        Fault("knows_quit_in_capitals_only") => word == b"QUIT",
        _ => is("QUIT"),
    };
    let is_exit = is("EXIT") && !fault.is("does_not_know_exit");
    match () {
        () if is_quit || is_exit => Some(Command::Quit),
        () if is("STATS") => Some(Command::Stats),
        () if is("TIME") => Some(Command::Time),
        () => None,
    }
}

fn without_line_ending(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text)
}
