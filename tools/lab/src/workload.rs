//! What is measured: each workload at a number of connections, its measures, and what they depend on.

use clap::ValueEnum;
use load::{Outcome, Workload};
use serde::Serialize;

/// A figure that a measurement yields.
#[derive(Serialize)]
pub struct Measure {
    pub name: &'static str,
    pub unit: &'static str,
    pub more_is_better: bool,
    #[serde(skip)]
    pub of: Figure,
}

type Figure = fn(&Outcome) -> Option<f64>;

const fn more(name: &'static str, unit: &'static str, of: Figure) -> Measure {
    Measure { name, unit, more_is_better: true, of }
}

const fn less(name: &'static str, unit: &'static str, of: Figure) -> Measure {
    Measure { name, unit, more_is_better: false, of }
}

fn percentile(outcome: &Outcome, wanted: f64) -> Option<f64> {
    outcome.latency.iter().find(|(percentile, _)| *percentile >= wanted).map(|(_, time)| *time)
}

/// A workload at a number of connections.
#[derive(Clone, Serialize)]
pub struct Task {
    pub workload: Workload,
    pub connections: u32,
    pub title: String,
}

impl Task {
    fn new(workload: Workload, connections: u32) -> Self {
        let at_once = if connections == 1 { "1 connection" } else { &format!("{connections} connections") };
        let title = match workload {
            Workload::Latency => "Round-trip latency, 64 bytes".into(),
            Workload::Messages => format!("Messages per second, {at_once}"),
            Workload::Bulk => "Bulk throughput, both ways at once".into(),
            Workload::Churn => "Connections per second".into(),
            Workload::Idle => format!("Memory per idle connection, {at_once}"),
            Workload::Udp => "Round trips of datagrams, 64 bytes".into(),
        };
        Self { workload, connections, title }
    }

    pub fn measures(&self) -> &'static [Measure] {
        match self.workload {
            Workload::Latency => {
                const {
                    &[
                        less("p50", "µs", |outcome| percentile(outcome, 50.0)),
                        less("p99", "µs", |outcome| percentile(outcome, 99.0)),
                        less("p99.9", "µs", |outcome| percentile(outcome, 99.9)),
                    ]
                }
            }
            Workload::Messages => const { &[more("messages", "messages/s", |outcome| Some(outcome.rate))] },
            Workload::Bulk => const { &[more("throughput", "MB/s", |outcome| Some(outcome.rate / 1e6))] },
            Workload::Churn => {
                const { &[more("connections", "connections/s", |outcome| Some(outcome.rate))] }
            }
            Workload::Idle => {
                const { &[less("memory", "KiB/connection", |outcome| Some(outcome.memory? / 1024.0))] }
            }
            Workload::Udp => const { &[more("round trips", "round trips/s", |outcome| Some(outcome.rate))] },
        }
    }

    /// What its figures depend on. It holds whatever they are.
    pub fn lesson(&self) -> &'static str {
        match self.workload {
            Workload::Latency => {
                "Each echo needs two wake-ups, of the server and of the client. The tail shows what the slowest messages wait for."
            }
            Workload::Messages => {
                "With a thread per client, each message costs a context switch. An event loop handles all sockets that are \
                 ready each time it wakes up."
            }
            Workload::Bulk => "Each read and each write is a system call, so the size of the buffer counts.",
            Workload::Churn => {
                "A server pays for each connection: an entry in a table, a new thread, or a new process."
            }
            Workload::Idle => {
                "A silent client costs what waits for it: an entry in a table, the stack of a thread, or a process."
            }
            Workload::Udp => {
                "There is no connection to set up: one call receives a datagram, one sends it back."
            }
        }
    }

    /// Why it can't be measured here, if a process may have so many files and sockets at most.
    pub fn is_impossible(&self, descriptors: Option<u64>) -> Option<String> {
        let (needed, limit) = (u64::from(self.connections) + 100, descriptors.unwrap_or(u64::MAX));
        if self.workload == Workload::Idle && !cfg!(target_os = "linux") {
            return Some("only Linux reports the memory of a process as this needs it".into());
        }
        (needed > limit)
            .then(|| format!("it needs {needed} file descriptors, and the limit is {limit} (ulimit -H -n)"))
    }
}

/// The tasks of these workloads, each once.
pub fn tasks(workloads: &[Workload], connections: &[u32], idle: u32) -> Vec<Task> {
    let named = Workload::value_variants().iter().copied().filter(|workload| workloads.contains(workload));
    let tasks = named.flat_map(|workload| match workload {
        Workload::Messages => connections.iter().map(|&count| Task::new(workload, count)).collect(),
        Workload::Idle => vec![Task::new(workload, idle)],
        _ => vec![Task::new(workload, 1)],
    });
    tasks.collect()
}
