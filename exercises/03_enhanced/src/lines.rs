//! What was read, cut into messages.

use std::mem;

/// A longer line can't be a command, so no more of it need be remembered.
const LONGEST_COMMAND: usize = 1024;

/// What is echoed as a unit: a line with its ending, or what a read held after its last line ending.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The message exactly as it came.
    pub bytes: &'a [u8],
    /// The whole line that this message completes, if the line came in pieces: a terminal may send each key as it is
    /// typed.
    line: Option<Vec<u8>>,
}

impl Message<'_> {
    /// Whether the message, or the line that it completes, is the command `name`: in any letter case, with white
    /// space around it.
    pub fn is(&self, name: &str) -> bool {
        let line = self.line.as_deref().unwrap_or_default();
        [self.bytes, line].iter().any(|text| text.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
    }
}

/// Cuts one client's bytes into messages. Between two reads it remembers only the pieces of a line that may still
/// become a command.
#[derive(Default)]
pub struct Lines {
    pieces: Vec<u8>,
    /// How many pieces hold more than white space. A line with a single such piece is no news: that piece was a message
    /// of its own.
    words: usize,
}

impl Lines {
    /// The messages in what one read returned, in order. Each byte of `read` is in exactly one of them.
    pub fn split<'a>(&mut self, read: &'a [u8]) -> impl Iterator<Item = Message<'a>> {
        // TODO 3: cut the bytes after each newline (a slice has a method for it), and make a Message of each piece. Its
        // `line` is what complete() returns for the piece.
        std::iter::from_fn(|| todo!("TODO 3: cut what was read into messages"))
    }

    /// Adds a piece to the line, and returns the line if it came in pieces and this was the last.
    fn complete(&mut self, piece: &[u8]) -> Option<Vec<u8>> {
        let room = (LONGEST_COMMAND + 1).saturating_sub(self.pieces.len());
        self.pieces.extend_from_slice(&piece[..piece.len().min(room)]);
        self.words += usize::from(!piece.trim_ascii().is_empty());
        if !piece.ends_with(b"\n") {
            return None;
        }
        let (line, words) = (mem::take(&mut self.pieces), mem::take(&mut self.words));
        (words > 1 && line.len() <= LONGEST_COMMAND).then_some(line)
    }
}
