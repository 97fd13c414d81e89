//! Messages per second: many connections, each with one message on its way, and one thread that waits for all of them.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::connection::{Connection, Server};
use crate::failures::{Failure, Failures, compare, patience};
use crate::message::{SMALL, message, stamp};
use crate::outcome::Outcome;
use crate::window::Window;

/// How often to look at the clock when nothing comes.
const LOOK: Duration = Duration::from_millis(50);

pub fn run(server: &Server, connections: usize, window: impl Fn() -> Window) -> Outcome {
    let mut open = Vec::new();
    // Fewer connections would be another measurement.
    if let Err(failure) = server.fill(&mut open, connections) {
        return Outcome::failed(&failure);
    }
    let mut failures = Failures::default();
    let window = window();
    let talkers: io::Result<Vec<Talker>> = open.into_iter().zip(0..).map(Talker::new).collect();
    let count = talkers.and_then(|mut talkers| talk(&mut talkers, &window, &mut failures));
    let count = count.unwrap_or_else(|error| {
        failures.note(&error.into());
        0
    });
    Outcome::new(count, &window, 1, failures)
}

fn talk(talkers: &mut [Talker], window: &Window, failures: &mut Failures) -> io::Result<u64> {
    let mut poll = Poll::new()?;
    for (number, talker) in talkers.iter_mut().enumerate() {
        poll.registry().register(&mut talker.stream, Token(number), Interest::READABLE)?;
        talker.send().unwrap_or_else(|failure| talker.give_up(&failure, failures));
    }
    let mut count = 0;
    let mut events = Events::with_capacity(256);
    // Whoever waits when the time is over still gets its echo.
    while !window.is_over(Instant::now()) || talkers.iter().any(Talker::is_waiting) {
        match poll.poll(&mut events, Some(LOOK)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &events {
            let talker = &mut talkers[event.token().0];
            talker.receive(window, &mut count).unwrap_or_else(|failure| talker.give_up(&failure, failures));
        }
        // The generator itself may have been held up: as long as there is something to read, the missing echo may be in it.
        if events.is_empty() && window.is_over(Instant::now()) {
            for talker in talkers.iter_mut() {
                talker.lose_patience(failures);
            }
        }
    }
    Ok(count)
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
    fn new((connection, number): (Connection, u64)) -> io::Result<Self> {
        connection.stream.set_nonblocking(true)?;
        let stream = TcpStream::from_std(connection.stream);
        Ok(Self { stream, message: message(SMALL), number: number << 32, came: 0, sent: None })
    }

    fn is_waiting(&self) -> bool {
        self.sent.is_some()
    }

    /// The send buffer always has room for the only message on its way.
    fn send(&mut self) -> Result<(), Failure> {
        stamp(&mut self.message, self.number);
        self.stream.write_all(&self.message)?;
        self.number += 1;
        self.came = 0;
        self.sent = Some(Instant::now());
        Ok(())
    }

    /// Takes what has come; when that completes the echo, sends the next message, as long as there is time.
    fn receive(&mut self, window: &Window, count: &mut u64) -> Result<(), Failure> {
        let mut buffer = [0; SMALL + 1]; // one more than is right shows what is too much
        while self.is_waiting() {
            let length = match self.stream.read(&mut buffer[self.came..]) {
                Ok(0) => return Err(Failure::at_its_end()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let end = self.came + length;
            if end > SMALL {
                return Err(Failure::wrong("more came back than was sent"));
            }
            compare(&buffer[self.came..end], &self.message[self.came..end])?;
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

    fn give_up(&mut self, failure: &Failure, failures: &mut Failures) {
        failures.note(failure);
        self.sent = None;
    }

    fn lose_patience(&mut self, failures: &mut Failures) {
        if self.sent.is_some_and(|sent| sent.elapsed() > patience()) {
            self.give_up(&Failure::late(), failures);
        }
    }
}
