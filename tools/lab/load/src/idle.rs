//! Memory of idle connections: thousands of clients that have sent one message and are silent.

use crate::connection::{Connection, Server};
use crate::failures::Failures;
use crate::memory;
use crate::message::{SMALL, message};
use crate::outcome::Outcome;

pub fn run(server: &Server, connections: usize, group: u32) -> Outcome {
    let mut failures = Failures::default();
    let mut open: Vec<Connection> = Vec::new();
    let mut held = |wanted| {
        server.fill(&mut open, wanted).unwrap_or_else(|failure| failures.note(&failure));
        (open.len(), memory::of_group(group))
    };
    // The first client pays for what the server sets up once.
    let (_, before) = held(1);
    let (count, after) = held(connections + 1);
    let count = count.saturating_sub(1);
    #[allow(clippy::cast_precision_loss)] // of bytes that fit into a machine
    let per_connection = |(before, after): (u64, u64)| after.saturating_sub(before) as f64 / count as f64;
    let memory = before.zip(after).filter(|_| count > 0).map(per_connection);
    // A server that has dropped a silent client doesn't pass for a small one.
    for connection in &mut open {
        if let Err(failure) = connection.exchange(&message(SMALL)) {
            failures.note(&failure);
        }
    }
    Outcome { count: count as u64, memory, failures, ..Outcome::default() }
}
