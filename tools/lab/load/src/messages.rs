//! Messages per second: many connections, each with one message on its way, and one thread that waits for all of them.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::connection::{Connection, Server};
use crate::failures::{Failures, compare, patience};
use crate::message::{SMALL, message, stamp};
use crate::outcome::Outcome;
use crate::window::Window;

/// How often to look at the clock when nothing comes.
const LOOK: Duration = Duration::from_millis(50);

pub fn run(server: &Server, connections: usize, window: impl Fn() -> Window) -> Outcome {
    let mut open = Vec::new();
    // Fewer connections would be another measurement.
    if let Err(error) = server.fill(&mut open, connections) {
        return Outcome::new(0, &window(), 1, Err(error));
    }
    let window = window();
    let (mut count, mut failures) = (0, Failures::default());
    let end = talk(open, &window, &mut count, &mut failures);
    let mut outcome = Outcome { failures, ..Outcome::new(count, &window, 1, Ok(())) };
    outcome.note(end);
    outcome
}

fn talk(open: Vec<Connection>, window: &Window, count: &mut u64, failures: &mut Failures) -> Result<()> {
    let mut poll = Poll::new()?;
    let mut talkers = open.into_iter().zip(0..).map(Talker::new).collect::<Result<Vec<_>>>()?;
    for (number, talker) in talkers.iter_mut().enumerate() {
        poll.registry().register(&mut talker.stream, Token(number), Interest::READABLE)?;
        talker.send().unwrap_or_else(|error| talker.give_up(&error, failures));
    }
    let mut events = Events::with_capacity(256);
    // Each client that waits when the time is over still gets its echo.
    while !window.is_over(Instant::now()) || talkers.iter().any(|talker| talker.sent.is_some()) {
        match poll.poll(&mut events, Some(LOOK)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &events {
            let talker = &mut talkers[event.token().0];
            talker.receive(window, count).unwrap_or_else(|error| talker.give_up(&error, failures));
        }
        // The generator itself may have been held up: as long as there is something to read, the missing echo may be in it.
        if events.is_empty() && window.is_over(Instant::now()) {
            let is_late = |sent: Instant| sent.elapsed() > patience();
            for talker in talkers.iter_mut().filter(|talker| talker.sent.is_some_and(is_late)) {
                talker.give_up(&ErrorKind::TimedOut.into(), failures);
            }
        }
    }
    Ok(())
}

/// A connection that sends its next message when the last has come back.
struct Talker {
    stream: TcpStream,
    message: Vec<u8>,
    /// No other connection sends the same, so an echo that goes to the wrong one is noticed.
    number: u64,
    /// How much of the echo has come.
    came: usize,
    /// When it was sent. None while nothing is on its way.
    sent: Option<Instant>,
}

impl Talker {
    fn new((connection, number): (Connection, u64)) -> Result<Self> {
        connection.stream.set_nonblocking(true)?;
        let stream = TcpStream::from_std(connection.stream);
        Ok(Self { stream, message: message(SMALL), number: number << 32, came: 0, sent: None })
    }

    /// The send buffer always has room for the only message on its way.
    fn send(&mut self) -> Result<()> {
        stamp(&mut self.message, self.number);
        self.stream.write_all(&self.message)?;
        self.number += 1;
        self.came = 0;
        self.sent = Some(Instant::now());
        Ok(())
    }

    /// Takes what has come; when that completes the echo, sends the next message, as long as there is time.
    fn receive(&mut self, window: &Window, count: &mut u64) -> Result<()> {
        let mut buffer = [0; SMALL + 1]; // one more than is right shows what is too much
        while self.sent.is_some() {
            let length = match self.stream.read(&mut buffer[self.came..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let end = self.came + length;
            compare(&buffer[self.came..end], &self.message[self.came..end.min(SMALL)])?;
            self.came = end;
            if self.came < SMALL {
                continue;
            }
            let now = Instant::now();
            *count += u64::from(window.has(now));
            self.sent = None;
            if !window.is_over(now) {
                self.send()?;
            }
            // Windows reports the next bytes only after a read that found none.
            if cfg!(unix) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn give_up(&mut self, error: &Error, failures: &mut Failures) {
        failures.note(error);
        self.sent = None;
    }
}
