//! Messages that are frames: a header of four bytes tells a length, the highest byte first, and that many bytes of any
//! content follow.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{iter, mem};

use sol03_enhanced::{Framing, Message, Outcome, Reason, Responder};

const HEADER_BYTES: usize = size_of::<u32>();

/// A frame may come in any number of reads, and a read may hold any number of frames. Between two reads only what has
/// arrived of a frame is kept: its length is a promise, and room made for it would be had for four bytes.
pub struct Frames {
    max_bytes: u32,
    /// What has arrived of the current frame's header.
    header: Vec<u8>,
    /// What has arrived of its content, if that didn't come in one read.
    content: Vec<u8>,
}

impl Framing for Frames {
    fn split<'a>(&mut self, mut read: &'a [u8]) -> impl Iterator<Item = Message<'a>> {
        iter::from_fn(move || self.next(&mut read).map(|bytes| Message { bytes, line: None }))
    }

    fn refusal(&self) -> Option<Reason> {
        // TODO 2: If the length is known and above `max_bytes`, return Reason::FrameTooLong. The
        // engine logs it and closes the connection.
        todo!("TODO 2: refuse a length above the maximum");
    }

    fn cut_off(&self) -> Option<Reason> {
        (!self.header.is_empty()).then_some(Reason::CutOff)
    }
}

impl Frames {
    /// A frame with more content than `max_bytes` is refused.
    pub fn new(max_bytes: u32) -> Self {
        Self { max_bytes, header: Vec::new(), content: Vec::new() }
    }

    /// Takes what belongs to the current frame off the front of `read`. Returns its content if that completes it.
    fn next<'a>(&mut self, read: &mut &'a [u8]) -> Option<Cow<'a, [u8]>> {
        self.header.extend_from_slice(take(read, HEADER_BYTES - self.header.len()));
        let length = self.length()? as usize;
        if self.refusal().is_some() {
            return None;
        }
        // TODO 3: take() what is missing of the content, or as much as there is. If the whole
        // content is in this read, borrow it. If not, add the piece to `self.content`, and move
        // that out once it has `length` bytes: see mem::take. Clear the header when the frame is
        // complete.
        todo!("TODO 3: complete the frame");
    }

    /// What the header says, once all of it has arrived.
    fn length(&self) -> Option<u32> {
        // TODO 1: Return None while the header has fewer than four bytes, and then the number that
        // they make, big-endian: see u32::from_be_bytes.
        todo!("TODO 1: read the length");
    }
}

/// Takes the first bytes off `read`: `count`, or as many as there are.
fn take<'a>(read: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = read.split_at(count.min(read.len()));
    *read = rest;
    taken
}

/// Answers each frame with a frame of the same content, and counts them.
pub struct EchoFrames {
    messages: Arc<AtomicU64>,
}

impl EchoFrames {
    /// `messages` counts the frames of all clients.
    pub fn new(messages: &Arc<AtomicU64>) -> Self {
        Self { messages: Arc::clone(messages) }
    }
}

impl Responder for EchoFrames {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        // TODO 4: Count the message, append a frame of the same content to the reply, and return
        // that it was echoed: see u32::to_be_bytes.
        todo!("TODO 4: answer with a frame");
    }
}
