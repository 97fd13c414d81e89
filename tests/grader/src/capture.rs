//! What a process prints, read as it comes, kept within bounds.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine;

/// How much is kept. The rest is read and dropped, so that a process which floods its output neither blocks nor fills the
/// memory.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// Of a stream: the first half of this and the last, in bytes.
    stream: usize,
    /// Of one line, in bytes.
    pub line: usize,
}

impl Bounds {
    pub const SUBMISSION: Self = Self { stream: 1024 * 1024, line: 64 * 1024 };
    /// For what other programs print for programs: cargo has long lines.
    pub const PROGRAM: Self = Self { stream: 8 * 1024 * 1024, line: 4 * 1024 * 1024 };
}

/// One output stream of a process. Cloned, it is the same stream.
#[derive(Clone)]
pub struct Capture(Arc<Shared>);

struct Shared {
    lines: Mutex<Lines>,
    changed: Condvar,
}

struct Lines {
    bounds: Bounds,
    head: Vec<String>,
    head_bytes: usize,
    tail: VecDeque<String>,
    tail_bytes: usize,
    /// How many lines between head and tail are no longer kept.
    dropped: usize,
    /// The line that has no end yet.
    partial: Vec<u8>,
    ended: bool,
}

impl Capture {
    /// Reads `pipe` in a thread until its end. That may never come, if a child of the submission holds it open: so the
    /// thread is on its own.
    pub fn of(pipe: impl Read + Send + 'static, bounds: Bounds) -> Self {
        Self::until(pipe, bounds, |_| false)
    }

    /// Reads up to the line that names a port, and closes the pipe.
    pub fn of_first_line(pipe: impl Read + Send + 'static) -> Self {
        Self::until(pipe, Bounds::SUBMISSION, |lines| {
            lines.head.iter().any(|line| line.contains(|c: char| c.is_ascii_digit()))
        })
    }

    /// A stream that nobody reads.
    pub fn of_nothing() -> Self {
        Self::of(std::io::empty(), Bounds::SUBMISSION)
    }

    fn until(mut pipe: impl Read + Send + 'static, bounds: Bounds, enough: fn(&Lines) -> bool) -> Self {
        let lines = Mutex::new(Lines::within(bounds));
        let capture = Self(Arc::new(Shared { lines, changed: Condvar::new() }));
        let shared = Arc::clone(&capture.0);
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut lines = shared.lines.lock().unwrap();
                lines.add(&buffer[..count]);
                shared.changed.notify_all();
                if enough(&lines) {
                    break;
                }
            }
            machine::undisturbed(|| drop(pipe));
            shared.lines.lock().unwrap().end();
            shared.changed.notify_all();
        });
        capture
    }

    /// Waits for a line from number `from` on that `wanted` accepts, and returns its number and text. None when the
    /// stream has ended without it or the time is over.
    pub fn wait_for(
        &self,
        from: usize,
        time: Duration,
        mut wanted: impl FnMut(&str) -> bool,
    ) -> Option<(usize, String)> {
        let deadline = Instant::now() + time;
        let mut next = from;
        let mut lines = self.lock();
        loop {
            while next < lines.count() {
                if let Some(line) = lines.get(next).filter(|line| wanted(line)) {
                    return Some((next, line.clone()));
                }
                next += 1;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if lines.ended || left.is_zero() {
                return None;
            }
            lines = self.0.changed.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Waits for `count` lines from the one on that is `first`, and returns as many of them as came.
    pub fn wait_for_lines(&self, count: usize, first: Option<&String>, time: Duration) -> Vec<String> {
        let deadline = Instant::now() + time;
        let Some((start, _)) = self.wait_for(0, time, |line| first.is_none_or(|first| first == line)) else {
            return Vec::new();
        };
        let line = |number| {
            Some(self.wait_for(number, deadline.saturating_duration_since(Instant::now()), |_| true)?.1)
        };
        (start..start + count).map_while(line).collect()
    }

    /// Waits until the stream has ended, and says whether it did.
    pub fn wait_for_end(&self, time: Duration) -> bool {
        let (lines, _) = self.0.changed.wait_timeout_while(self.lock(), time, |lines| !lines.ended).unwrap();
        lines.ended
    }

    /// Whether no more can come.
    pub fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// All lines that are kept, the unfinished last one included.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.lock();
        let mut all = lines.head.clone();
        if lines.dropped > 0 {
            all.push(format!("(... {} lines are not shown)", lines.dropped));
        }
        all.extend(lines.tail.iter().cloned());
        if !lines.partial.is_empty() {
            all.push(text(&lines.partial));
        }
        all
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lines.lock().unwrap()
    }
}

impl Lines {
    fn within(bounds: Bounds) -> Self {
        Self {
            bounds,
            head: Vec::new(),
            head_bytes: 0,
            tail: VecDeque::new(),
            tail_bytes: 0,
            dropped: 0,
            partial: Vec::new(),
            ended: false,
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let room = self.bounds.line.saturating_sub(self.partial.len());
            self.partial.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.finish_line();
            }
        }
    }

    fn end(&mut self) {
        if !self.partial.is_empty() {
            self.finish_line();
        }
        self.ended = true;
    }

    fn finish_line(&mut self) {
        let line = text(&self.partial);
        self.partial.clear();
        if self.head_bytes < self.bounds.stream / 2 {
            self.head_bytes += line.len();
            self.head.push(line);
            return;
        }
        self.tail_bytes += line.len();
        self.tail.push_back(line);
        while self.tail_bytes > self.bounds.stream / 2 {
            let oldest = self.tail.pop_front().expect("bytes come with a line");
            self.tail_bytes -= oldest.len();
            self.dropped += 1;
        }
    }

    fn count(&self) -> usize {
        self.head.len() + self.dropped + self.tail.len()
    }

    fn get(&self, number: usize) -> Option<&String> {
        if number < self.head.len() {
            return self.head.get(number);
        }
        self.tail.get(number.checked_sub(self.head.len() + self.dropped)?)
    }
}

/// A line without its ending. A byte that a terminal may take for a control character (C1, such as 0x9b) stays one,
/// although it isn't UTF-8: a test can find it.
fn text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = if cfg!(windows) { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
    let mut text = String::with_capacity(line.len());
    for chunk in line.utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().map(|&byte| {
            if matches!(byte, 0x80..=0x9f) { char::from(byte) } else { char::REPLACEMENT_CHARACTER }
        }));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    #[test]
    fn a_line_is_found_once_it_is_whole() {
        let capture = Capture::of(&b"one\ntwo\nthree"[..], Bounds::SUBMISSION);
        assert_eq!(capture.wait_for(0, SOON, |line| line == "two"), Some((1, "two".into())));
        assert_eq!(capture.wait_for(2, SOON, |_| true), Some((2, "three".into())));
        assert_eq!(capture.wait_for(0, SOON, |line| line == "four"), None);
    }

    #[test]
    fn control_characters_are_not_lost() {
        let capture = Capture::of(&b"a\x9bb\xffc\r\n"[..], Bounds::SUBMISSION);
        let end = if cfg!(windows) { "" } else { "\r" };
        assert!(capture.wait_for(0, SOON, |line| line == format!("a\u{9b}b\u{fffd}c{end}")).is_some());
    }

    #[test]
    fn a_flood_keeps_its_first_lines_and_its_last() {
        let flood = "flood\n".repeat(1_000_000);
        let capture = Capture::of(std::io::Cursor::new(format!("first\n{flood}last\n")), Bounds::SUBMISSION);
        assert!(capture.wait_for_end(SOON));
        let lines = capture.lines();
        assert_eq!((lines[0].as_str(), lines.last().unwrap().as_str()), ("first", "last"));
        assert!(lines.iter().map(String::len).sum::<usize>() <= Bounds::SUBMISSION.stream + 100);
        assert!(capture.wait_for(0, SOON, |line| line == "last").is_some());
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let capture = Capture::of(std::io::Cursor::new(vec![b'x'; 10_000_000]), Bounds::SUBMISSION);
        assert!(capture.wait_for_end(SOON));
        assert_eq!(capture.lines()[0].len(), Bounds::SUBMISSION.line);
    }
}
