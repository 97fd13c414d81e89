//! What was read, cut into messages, and which of them are commands.

use crate::wrong::{it, mistake};

/// A longer line can't be a command.
const LONGEST_COMMAND: usize = 1024;

#[derive(Clone, Copy, PartialEq)]
pub enum Command {
    Quit,
    Stats,
    Time,
}

/// The messages of one read, in order.
pub fn split(read: &[u8]) -> impl Iterator<Item = &[u8]> {
    let most = if it("answers_the_first_line_of_a_read_only") { 1 } else { usize::MAX };
    read.split_inclusive(|&byte| byte == b'\n').take(most)
}

/// The pieces of a line that has no end yet.
#[derive(Default)]
pub struct Line {
    pieces: Vec<u8>,
}

impl Line {
    /// The command that `piece` is, or that it completes.
    pub fn command(&mut self, piece: &[u8]) -> Option<Command> {
        let command = recognize(piece);
        if command.is_some() {
            self.pieces.clear();
            return command;
        }
        let room = match mistake() {
            "does_not_know_typed_commands" => 0,
            "keeps_the_whole_line" => usize::MAX,
            _ => (LONGEST_COMMAND + 1).saturating_sub(self.pieces.len()),
        };
        self.pieces.extend_from_slice(&piece[..piece.len().min(room)]);
        if !piece.ends_with(b"\n") {
            return None;
        }
        let command = recognize(&self.pieces);
        if !it("never_forgets_what_was_typed") {
            self.pieces.clear();
        }
        command
    }
}

fn recognize(text: &[u8]) -> Option<Command> {
    if text.len() > LONGEST_COMMAND {
        return None;
    }
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let word = if it("does_not_trim") { line } else { line.trim_ascii() };
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let is_quit = match mistake() {
        "takes_quite_for_quit" => word.len() >= 4 && word[..4].eq_ignore_ascii_case(b"QUIT"),
        "knows_quit_in_capitals_only" => word == b"QUIT",
        _ => is("QUIT"),
    };
    match () {
        () if is_quit || is("EXIT") && !it("does_not_know_exit") => Some(Command::Quit),
        () if is("STATS") => Some(Command::Stats),
        () if is("TIME") => Some(Command::Time),
        () => None,
    }
}
