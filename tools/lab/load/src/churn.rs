//! Connections a second: connect, one message, its echo, close; then the next.

use std::time::Instant;

use crate::connection::Server;
use crate::failures::{Failure, Failures};
use crate::message::{SMALL, message};
use crate::outcome::Outcome;
use crate::window::Window;

pub fn run(server: &Server, window: Window) -> Outcome {
    let mut failures = Failures::default();
    let message = message(SMALL);
    let mut count = 0;
    for number in 0.. {
        if let Err(failure) = visit(server, number, &message) {
            failures.note(&failure);
        } else {
            count += u64::from(window.has(Instant::now()));
        }
        if window.is_over(Instant::now()) {
            break;
        }
    }
    Outcome::new(count, &window, 1, failures)
}

fn visit(server: &Server, number: usize, message: &[u8]) -> Result<(), Failure> {
    server.connect(number)?.exchange(message)
}
