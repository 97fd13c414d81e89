//! Cutting what was read into frames.

use std::sync::{Arc, Mutex};
use std::{iter, mem};

use crate::wrong::engine::{self, Framing, Message, Reason};
use crate::wrong::{it, mistake};

/// Collects what was read, and takes frames from it.
pub struct Frames {
    max: usize,
    pending: Arc<Mutex<Vec<u8>>>,
    refusal: Option<Reason>,
    /// How much of a frame that is too long is still to come.
    skip: usize,
    /// The current frame counts, though it isn't complete.
    is_counted: bool,
}

impl Framing for Frames {
    fn split<'a>(&mut self, read: &'a [u8]) -> impl Iterator<Item = Message<'a>> {
        let pending = Arc::clone(&self.pending);
        let mut pending = pending.lock().unwrap();
        let is_lost = it("needs_the_header_in_one_read") && pending.is_empty() && read.len() < 4;
        if !is_lost {
            pending.extend_from_slice(read);
        }
        let mut frames: Vec<Vec<u8>> = match mistake() {
            "echoes_bytes_as_they_come" => vec![pending.split_off(0)],
            _ => iter::from_fn(|| self.next(&mut pending)).collect(),
        };
        match mistake() {
            "answers_a_frame_before_it_is_complete" => {
                let refused = if self.refusal.is_some() { pending.len().min(read.len()) } else { 0 };
                frames = vec![read[..read.len() - refused].to_vec()];
            }
            "swaps_frames_that_come_together" => frames.reverse(),
            "loses_the_rest_of_a_read" if !frames.is_empty() => {
                frames.truncate(1);
                pending.clear();
            }
            "needs_a_frame_in_one_read" => pending.clear(),
            _ => {}
        }
        frames.into_iter().map(|bytes| Message { bytes: bytes.into(), line: None })
    }

    fn refusal(&self) -> Option<Reason> {
        self.refusal
    }

    fn cut_off(&self) -> Option<Reason> {
        let pending = self.pending.lock().unwrap().len();
        let is_cut = match mistake() {
            "says_nothing_of_a_cut_off_frame" => false,
            "says_nothing_of_a_cut_off_length" => pending >= 4,
            "takes_every_end_for_a_cut" => true,
            _ => pending > 0,
        };
        is_cut.then_some(Reason::CutOff)
    }
}

impl Frames {
    /// Frames of at most `max` bytes, collected in `pending`.
    pub fn new(max: usize, pending: Arc<Mutex<Vec<u8>>>) -> Self {
        Self { max, pending, refusal: None, skip: 0, is_counted: false }
    }

    /// The content of the next frame, if all of it has come.
    fn next(&mut self, pending: &mut Vec<u8>) -> Option<Vec<u8>> {
        let skipped = self.skip.min(pending.len());
        pending.drain(..skipped);
        self.skip -= skipped;
        let (header, length) = read_header(pending)?;
        if it("reserves_before_it_refuses") {
            pending.reserve(length);
        }
        if length > self.max || length == self.max && it("refuses_the_maximum_itself") {
            return self.refuse(header + length, pending);
        }
        if it("reserves_what_a_length_promises") {
            pending.reserve(length);
        }
        if it("counts_a_frame_when_its_length_has_come") && !self.is_counted {
            engine::count(1);
        }
        self.is_counted = pending.len() < header + length;
        if self.is_counted {
            return None;
        }
        let rest = pending.split_off(header + length);
        let mut frame = mem::replace(pending, rest);
        Some(frame.split_off(header))
    }

    fn refuse(&mut self, size: usize, pending: &mut Vec<u8>) -> Option<Vec<u8>> {
        match mistake() {
            "skips_a_frame_above_the_maximum" => {
                self.skip = size;
                return self.next(pending);
            }
            "says_nothing_of_a_refused_length" => self.refusal = Some(Reason::Exit),
            _ => self.refusal = Some(Reason::FrameTooLong),
        }
        None
    }
}

/// How long the header of the first frame is, and how long its content.
fn read_header(pending: &[u8]) -> Option<(usize, usize)> {
    if it("has_a_length_of_two_bytes") {
        return Some((2, u16::from_be_bytes(*pending.first_chunk()?).into()));
    }
    let bytes = *pending.first_chunk()?;
    let length = u32::from_be_bytes(bytes);
    let length = match mistake() {
        "reads_the_lowest_byte_first" => u32::from_le_bytes(bytes),
        "counts_the_header_in_the_length" => length.saturating_sub(4),
        "ignores_the_highest_byte" => length & 0x00ff_ffff,
        "takes_the_length_for_signed" if length > u32::MAX / 2 => 0,
        _ => length,
    };
    Some((4, length as usize))
}

/// The header of a content of `length` bytes.
pub fn header(length: usize) -> Vec<u8> {
    let length = u32::try_from(length).expect("no frame is as long");
    match mistake() {
        "echoes_bytes_as_they_come" | "answers_a_frame_before_it_is_complete" => Vec::new(),
        "reads_the_lowest_byte_first" => length.to_le_bytes().into(),
        "has_a_length_of_two_bytes" => length.to_be_bytes()[2..].into(),
        "counts_the_header_in_the_length" => (length + 4).to_be_bytes().into(),
        _ => length.to_be_bytes().into(),
    }
}
