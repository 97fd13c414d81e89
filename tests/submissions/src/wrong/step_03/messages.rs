//! What was read, cut into messages, and which of them are commands.

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
    let most = if fault.is("only_the_first_line_of_a_read_is_answered") { 1 } else { usize::MAX };
    read.split_inclusive(|&byte| byte == b'\n').take(most)
}

/// The pieces of a line that has no end yet.
#[derive(Default)]
pub struct Line {
    pieces: Vec<u8>,
}

impl Line {
    /// The command that `piece` is, or that it completes.
    pub fn command(&mut self, fault: Fault, piece: &[u8]) -> Option<Command> {
        let is_whole = piece.ends_with(b"\n");
        if fault.is("commands_need_a_newline") && !is_whole {
            self.remember(fault, piece);
            return None;
        }
        let command = recognise(fault, piece);
        if command.is_some() {
            self.pieces.clear();
            return command;
        }
        if fault.is("typed_commands_are_not_recognised") {
            return None;
        }
        self.remember(fault, piece);
        if !is_whole {
            return None;
        }
        let command = recognise(fault, &self.pieces);
        if !fault.is("typed_lines_are_not_forgotten") {
            self.pieces.clear();
        }
        command
    }

    fn remember(&mut self, fault: Fault, piece: &[u8]) {
        let room = match fault {
            Fault("line_is_remembered_without_bound") => usize::MAX,
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
        Fault("white_space_is_not_trimmed") => without_line_ending(text),
        _ => text.trim_ascii(),
    };
    let is = |name: &str| match fault {
        Fault("commands_in_capitals_only") => word == name.as_bytes(),
        _ => word.eq_ignore_ascii_case(name.as_bytes()),
    };
    let is_quit = match fault {
        Fault("quit_by_its_first_letters") => word.len() >= 4 && word[..4].eq_ignore_ascii_case(b"QUIT"),
        Fault("quit_by_its_first_word") => {
            let first = word.split(u8::is_ascii_whitespace).next().unwrap_or_default();
            first.eq_ignore_ascii_case(b"QUIT")
        }
        Fault("quit_in_capitals_only") => word == b"QUIT",
        _ => is("QUIT"),
    };
    let is_exit = match fault {
        Fault("exit_is_unknown") => false,
        Fault("exit_needs_a_newline") => is("EXIT") && text.ends_with(b"\n"),
        _ => is("EXIT"),
    };
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

/// What is echoed for `message`.
pub fn echo_of(fault: Fault, message: &[u8]) -> Vec<u8> {
    match fault {
        Fault("newline_is_lost") => without_line_ending(message).to_vec(),
        Fault("carriage_return_is_lost") if message.ends_with(b"\r\n") => [without_line_ending(message), b"\n"].concat(),
        Fault("bytes_become_text") => String::from_utf8_lossy(message).into_owned().into_bytes(),
        _ => message.to_vec(),
    }
}
