//! The framing without a socket: bytes in, frames out.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sol03_enhanced::{Framing, Message, Outcome, Responder};
use sol08_bonus_binary::{EchoFrames, Frames};

const MAX: u32 = 1000;

fn frame(content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = u32::try_from(content.len()).unwrap();
    [&length.to_be_bytes(), content].concat()
}

/// The frames that end in this read.
fn read(frames: &mut Frames, bytes: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
    frames.split(bytes.as_ref()).map(|message| message.bytes.into_owned()).collect()
}

#[test]
fn a_frame_has_a_length_of_four_bytes_the_highest_first() {
    let mut frames = Frames::new(MAX);
    assert_eq!(read(&mut frames, b"\0\0\0\x05Hello"), [b"Hello"]);
    let content = [b'x'; 258];
    assert_eq!(read(&mut frames, [b"\0\0\x01\x02", &content[..]].concat()), [content]);
}

#[test]
fn one_read_may_hold_many_frames() {
    let bytes = [frame("one"), frame(""), frame("\n"), frame("")].concat();
    assert_eq!(read(&mut Frames::new(MAX), bytes), [&b"one"[..], b"", b"\n", b""]);
}

#[test]
fn a_frame_may_be_cut_anywhere() {
    let bytes = [frame("one"), frame(""), frame("three")].concat();
    for cut in 0..=bytes.len() {
        let mut frames = Frames::new(MAX);
        let (start, end) = bytes.split_at(cut);
        let both = [read(&mut frames, start), read(&mut frames, end)].concat();
        assert_eq!(both, [&b"one"[..], b"", b"three"], "cut after {cut} bytes");
    }
    let mut frames = Frames::new(MAX);
    let all: Vec<_> = bytes.iter().flat_map(|&byte| read(&mut frames, [byte])).collect();
    assert_eq!(all, [&b"one"[..], b"", b"three"]);
}

#[test]
fn a_frame_that_lies_whole_in_a_read_is_not_copied() {
    let is_borrowed = |frames: &mut Frames, bytes: &[u8]| {
        frames.split(bytes).map(|message| matches!(message.bytes, Cow::Borrowed(_))).collect::<Vec<_>>()
    };
    let mut frames = Frames::new(MAX);
    assert_eq!(is_borrowed(&mut frames, b"\0\0\0\x03one\0\0\0\0\0\0\0\x03t"), [true, true]);
    assert_eq!(is_borrowed(&mut frames, b"wo\0\0"), [false]);
    assert_eq!(is_borrowed(&mut frames, b"\0\x01x"), [true]);
}

#[test]
fn a_length_above_the_maximum_is_refused_as_soon_as_it_is_known() {
    let mut frames = Frames::new(MAX);
    assert_eq!(read(&mut frames, frame([0; 1000])), [[0; 1000]]);
    assert_eq!(read(&mut frames, [frame("before"), b"\0\0\x03".to_vec()].concat()), [b"before"]);
    assert_eq!(frames.refusal(), None);
    assert!(read(&mut frames, [b"\xe9".to_vec(), frame("after")].concat()).is_empty());
    assert!(frames.refusal().is_some());
}

#[test]
fn any_length_may_be_the_maximum() {
    let mut none = Frames::new(0);
    assert_eq!(read(&mut none, frame("")), [b""]);
    read(&mut none, frame("x"));
    assert!(none.refusal().is_some());
    let mut all = Frames::new(u32::MAX);
    read(&mut all, [0xff; 4]);
    assert_eq!(all.refusal(), None);
}

#[test]
fn an_end_within_a_frame_cuts_it_off() {
    let bytes = frame("Hello");
    for count in 0..=bytes.len() {
        let mut frames = Frames::new(MAX);
        read(&mut frames, &bytes[..count]);
        assert_eq!(frames.cut_off().is_some(), 0 < count && count < bytes.len(), "after {count} bytes");
    }
}

#[test]
fn the_answer_is_a_frame_that_counts() {
    let messages = Arc::new(AtomicU64::new(0));
    let mut echo = EchoFrames::new(&messages);
    let mut reply = Vec::new();
    for content in [&b""[..], b"QUIT\n", &[0xff; 300]] {
        let message = Message { bytes: content.into(), line: None };
        assert_eq!(echo.respond(&message, &mut reply), Outcome::Echoed);
    }
    assert_eq!(reply, [frame(""), frame("QUIT\n"), frame([0xff; 300])].concat());
    assert_eq!(messages.load(Ordering::Relaxed), 3);
}
