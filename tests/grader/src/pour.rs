//! A long stream that a client sends while it does something else. How much of it is sent is up to the server: a slow
//! one gets less, so that a test takes no longer with it.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::check::Check;
use crate::client::Client;
use crate::patience;

/// For as long as this a client goes on sending once it reads. A fast server has echoed the whole stream long before.
const SENDING: Duration = Duration::from_secs(5);

/// Nothing is taken for this long: the server is stuck, or a busy machine is.
const STUCK: Duration = Duration::from_secs(1);

/// How long a write may take, so that the sender notices when it is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// What the client's own kernel keeps, so that little more is on its way than the server has read.
const BUFFER_BYTES: usize = 64 * 1024;

/// How much is sent or expected in one step.
const PIECE: usize = 16 * 1024;

/// A stream on its way: `pattern` again and again, up to `limit` bytes.
pub struct Pour<'a> {
    pattern: &'a [u8],
    limit: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    sent: usize,
    back: usize,
    /// The sender is to stop.
    enough: bool,
    /// The sender has stopped.
    ended: bool,
    /// It stopped because the connection doesn't take any more.
    broken: bool,
}

impl Client {
    /// Sends `pattern` again and again, up to `limit` bytes, while `then` goes on with the client.
    pub fn pour<T>(
        &mut self,
        pattern: &[u8],
        limit: usize,
        then: impl FnOnce(&mut Self, &Pour<'_>) -> T,
    ) -> T {
        self.note(format!("sends up to {limit} bytes"));
        let sender = self.stream.try_clone().expect("there are descriptors left");
        SockRef::from(&sender).set_send_buffer_size(BUFFER_BYTES).expect("it is a TCP socket");
        sender.set_write_timeout(Some(LOOK)).expect("the time is not 0");
        let pour = Pour { pattern, limit, state: Mutex::default(), changed: Condvar::new() };
        thread::scope(|scope| {
            scope.spawn(|| pour.send(&sender));
            // Also when `then` panics, or the scope would wait for the sender.
            let _stop = StopAtTheEnd(&pour);
            then(self, &pour)
        })
    }

    /// Sends a stream as [`Client::pour`] does, and expects all that it has sent.
    pub fn exchange_some(&mut self, pattern: &[u8], limit: usize) -> Check {
        self.pour(pattern, limit, Self::expect_all_back)
    }

    /// The next `count` bytes of the stream come back.
    pub fn expect_back(&mut self, pour: &Pour, count: usize) -> Check {
        let end = pour.back() + count;
        while let Some(piece) = pour.next(end, None) {
            let check = self.expect(piece);
            if !check.is_met() {
                return check;
            }
            pour.came_back(piece.len());
        }
        Check::met(())
    }

    /// The rest of the stream comes back. If the server takes its time, the stream ends early.
    pub fn expect_all_back(&mut self, pour: &Pour) -> Check {
        let deadline = Instant::now() + patience::stretched(SENDING);
        while let Some(piece) = pour.next(pour.limit, Some(deadline)) {
            let check = self.expect(piece);
            if !check.is_met() {
                return check;
            }
            pour.came_back(piece.len());
        }
        Check::met(())
    }
}

impl Pour<'_> {
    /// Waits until the server takes no more, because its client doesn't read; or until all is sent.
    pub fn wait_until_stuck(&self) {
        let end = Instant::now() + patience::stretched(SENDING);
        let mut state = self.state.lock().unwrap();
        let (mut before, mut since) = (state.sent, Instant::now());
        while !state.ended && since.elapsed() < STUCK && Instant::now() < end {
            state = self.changed.wait_timeout(state, LOOK).unwrap().0;
            if state.sent != before {
                (before, since) = (state.sent, Instant::now());
            }
        }
    }

    /// Sends no more, and returns how much it has sent.
    pub fn stop(&self) -> usize {
        let mut state = self.state.lock().unwrap();
        state.enough = true;
        while !state.ended {
            state = self.changed.wait(state).unwrap();
        }
        state.sent
    }

    fn send(&self, mut stream: &TcpStream) {
        let mut state = self.state.lock().unwrap();
        while state.sent < self.limit && !state.enough && !state.broken {
            let piece = self.piece(state.sent, self.limit);
            drop(state);
            let result = stream.write(piece);
            state = self.state.lock().unwrap();
            match result {
                Ok(count) => state.sent += count,
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) => {}
                Err(_) => state.broken = true,
            }
            self.changed.notify_all();
        }
        state.ended = true;
        self.changed.notify_all();
    }

    fn back(&self) -> usize {
        self.state.lock().unwrap().back
    }

    fn came_back(&self, count: usize) {
        self.state.lock().unwrap().back += count;
    }

    /// What has been sent and hasn't come back yet, or a part of it; waits for it. None if there is nothing more up to
    /// `end`. From `deadline` on no more is sent.
    fn next(&self, end: usize, deadline: Option<Instant>) -> Option<&[u8]> {
        let mut state = self.state.lock().unwrap();
        loop {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                state.enough = true;
            }
            if state.back >= end {
                return None;
            }
            if state.back < state.sent {
                return Some(self.piece(state.back, state.sent.min(end)));
            }
            if state.ended {
                // A byte that can't be sent can't come back either: to expect it says why.
                return state.broken.then(|| self.piece(state.back, state.back + 1));
            }
            state = self.changed.wait_timeout(state, LOOK).unwrap().0;
        }
    }

    /// Some of the stream, from place `start` on and before place `end`.
    fn piece(&self, start: usize, end: usize) -> &[u8] {
        let rest = &self.pattern[start % self.pattern.len()..];
        &rest[..rest.len().min(end - start).min(PIECE)]
    }
}

struct StopAtTheEnd<'a>(&'a Pour<'a>);

impl Drop for StopAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap().enough = true;
    }
}
