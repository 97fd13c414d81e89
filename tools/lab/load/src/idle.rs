//! Memory of idle connections: thousands of clients that have said something once, and are silent.

use std::time::{Duration, Instant};

use crate::connection::{Connection, Server};
use crate::failures::{Failure, Failures};
use crate::memory;
use crate::message::{SMALL, message};
use crate::outcome::Outcome;

/// A server that starts a process for each client takes its time.
const LONGEST: Duration = Duration::from_secs(20);

pub fn run(server: &Server, connections: usize, group: Option<u32>) -> Outcome {
    let mut failures = Failures::default();
    let message = message(SMALL);
    // The first client pays for what the server sets up once.
    let mut open = Vec::new();
    fill(&mut open, 1, server, &message).unwrap_or_else(|failure| failures.note(&failure));
    let before = group.and_then(memory::of_group);
    fill(&mut open, connections + 1, server, &message).unwrap_or_else(|failure| failures.note(&failure));
    let after = group.and_then(memory::of_group);
    let count = open.len().saturating_sub(1);
    #[allow(clippy::cast_precision_loss)] // of bytes that fit into a machine
    let per_connection = |(before, after): (u64, u64)| after.saturating_sub(before) as f64 / count as f64;
    let memory = before.zip(after).filter(|_| count > 0).map(per_connection);
    // They have been held, not forgotten.
    for connection in &mut open {
        connection.exchange(&message).unwrap_or_else(|failure| failures.note(&failure));
    }
    Outcome { count: count as u64, memory, failures, ..Outcome::default() }
}

/// Opens connections until there are `wanted`, each with an echo. Stops at the first that fails.
fn fill(open: &mut Vec<Connection>, wanted: usize, server: &Server, message: &[u8]) -> Result<(), Failure> {
    let begun = Instant::now();
    while open.len() < wanted {
        if begun.elapsed() > LONGEST {
            return Err(Failure::Silent(format!(
                "only {} connections in {} s",
                open.len(),
                LONGEST.as_secs()
            )));
        }
        let mut connection = server.connect(open.len())?;
        connection.exchange(message)?;
        open.push(connection);
    }
    Ok(())
}
