//! Memory of idle connections: thousands of clients that have sent one message and are silent.

use crate::connection::{Connection, Server};
use crate::memory;
use crate::message::{SMALL, message};
use crate::outcome::Outcome;

pub fn run(server: &Server, connections: usize, group: u32) -> Outcome {
    let mut outcome = Outcome::default();
    let mut open: Vec<Connection> = Vec::new();
    let mut held = |wanted| {
        outcome.note(server.fill(&mut open, wanted));
        memory::of_group(group)
    };
    // The first client pays for what the server sets up once.
    let (before, after) = (held(1), held(connections + 1));
    let count = open.len().saturating_sub(1);
    #[allow(clippy::cast_precision_loss)] // of bytes that fit into a machine
    let per_connection = |(before, after): (u64, u64)| after.saturating_sub(before) as f64 / count as f64;
    outcome.memory = before.zip(after).filter(|_| count > 0).map(per_connection);
    outcome.count = count as u64;
    // A server that has dropped a silent client doesn't pass for a small one.
    for connection in &mut open {
        outcome.note(connection.exchange(&message(SMALL)));
    }
    outcome
}
