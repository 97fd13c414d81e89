//! Messages that are lines: each with its ending, or what a read held after its last line ending.

use std::borrow::Cow;
use std::mem;

use bstr::ByteSlice;

use crate::{Framing, Message};

/// A longer line can't be a command, so no more of it need be remembered.
const LONGEST_COMMAND: usize = 1024;

/// Every byte belongs to one message, which is complete at the end of the read. Between two reads, only the pieces of a line
/// that may still become a command are remembered: a terminal may send each key as it is typed.
#[derive(Default)]
pub struct Lines {
    pieces: Vec<u8>,
    /// How many pieces hold more than whitespace. If there is only one, that piece was already answered as a message.
    words: usize,
}

impl Framing for Lines {
    fn split<'a>(&mut self, read: &'a [u8]) -> impl Iterator<Item = Message<'a>> {
        // TODO 3: Cut the bytes after each newline, and make a Message of each piece:
        // bstr::ByteSlice has a method that cuts. The `line` of a message is what complete()
        // returns for its piece.
        std::iter::from_fn(|| todo!("TODO 3: cut what was read into messages"))
    }
}

impl Lines {
    /// Adds a piece to the line, and returns the line if it came in pieces and this was the last.
    fn complete(&mut self, piece: &[u8]) -> Option<Vec<u8>> {
        let ends = piece.ends_with(b"\n");
        if ends && self.pieces.is_empty() {
            return None; // a whole line, so the message is all of it
        }
        let room = (LONGEST_COMMAND + 1).saturating_sub(self.pieces.len());
        self.pieces.extend_from_slice(&piece[..piece.len().min(room)]);
        self.words += usize::from(!piece.trim_ascii().is_empty());
        if !ends {
            return None;
        }
        let (line, words) = (mem::take(&mut self.pieces), mem::take(&mut self.words));
        (words > 1 && line.len() <= LONGEST_COMMAND).then_some(line)
    }
}
