//! What a message is: where, in the bytes of a connection, one ends and the next begins.

use std::borrow::Cow;

use crate::Reason;

/// Cuts one client's bytes into messages.
pub trait Framing {
    /// The messages that end in what one read returned, in order.
    fn split<'a>(&mut self, read: &'a [u8]) -> impl Iterator<Item = Message<'a>>;

    /// The reason to close the connection, if no message can be made of what comes next. The engine asks after each read.
    fn refusal(&self) -> Option<Reason> {
        None
    }

    /// The reason to log, if the client closes its sending side now, in the middle of a message.
    fn cut_off(&self) -> Option<Reason> {
        None
    }
}

/// What gets one answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The message exactly as it came: borrowed from what was read, or owned if it came in several reads.
    pub bytes: Cow<'a, [u8]>,
    /// The whole line that this message completes, if the line came in pieces that were messages of their own.
    pub line: Option<Vec<u8>>,
}

impl Message<'_> {
    /// Whether this is the command `name`, with nothing after it.
    pub fn is(&self, name: &str) -> bool {
        self.argument(name).is_some_and(<[u8]>::is_empty)
    }

    /// What follows the command `name`, if the message, or the line that it completes, is this command. Its name may be in
    /// any letter case, and whitespace around both is ignored.
    pub fn argument(&self, name: &str) -> Option<&[u8]> {
        let line = self.line.as_deref().unwrap_or_default();
        [self.bytes.as_ref(), line].into_iter().find_map(|text| {
            let (command, rest) = text.trim_ascii().split_at_checked(name.len())?;
            let is_word = rest.first().is_none_or(u8::is_ascii_whitespace);
            (is_word && command.eq_ignore_ascii_case(name.as_bytes())).then(|| rest.trim_ascii())
        })
    }
}
