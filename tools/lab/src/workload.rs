//! What is measured: each workload, its measures, and what it teaches.

use clap::ValueEnum;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// Round trips of one connection, a message at each tick of a clock
    Latency,
    /// Messages a second, each connection with one on its way
    Messages,
    /// Bytes a second, both ways at once, 64 KiB a write
    Bulk,
    /// Connections a second, each with one message
    Churn,
    /// Memory of connections that are silent
    Idle,
    /// Round trips of datagrams
    Udp,
}

pub const ALL: [Workload; 6] =
    [Workload::Latency, Workload::Messages, Workload::Bulk, Workload::Churn, Workload::Idle, Workload::Udp];

/// A figure that a measurement yields.
pub struct Measure {
    pub name: &'static str,
    pub unit: &'static str,
    /// Where the load generator tells it, as a JSON pointer, and what makes the unit of it.
    pub pointer: &'static str,
    pub factor: f64,
    pub more_is_better: bool,
}

impl Measure {
    const fn rate(name: &'static str, unit: &'static str, factor: f64) -> Self {
        Self { name, unit, pointer: "/rate", factor, more_is_better: true }
    }

    const fn time(name: &'static str, pointer: &'static str) -> Self {
        Self { name, unit: "µs", pointer, factor: 1.0, more_is_better: false }
    }
}

static LATENCY: [Measure; 3] = [
    Measure::time("p50", "/latency/p50"),
    Measure::time("p99", "/latency/p99"),
    Measure::time("p99.9", "/latency/p99_9"),
];
static MESSAGES: [Measure; 1] = [Measure::rate("messages", "messages/s", 1.0)];
static BULK: [Measure; 1] = [Measure::rate("throughput", "MB/s", 1e-6)];
static CHURN: [Measure; 1] = [Measure::rate("connections", "connections/s", 1.0)];
static IDLE: [Measure; 1] = [Measure {
    name: "memory",
    unit: "KiB/connection",
    pointer: "/memory",
    factor: 1.0 / 1024.0,
    more_is_better: false,
}];
static UDP: [Measure; 1] = [Measure::rate("round trips", "round trips/s", 1.0)];

impl Workload {
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Messages => "messages",
            Self::Bulk => "bulk",
            Self::Churn => "churn",
            Self::Idle => "idle",
            Self::Udp => "udp",
        }
    }

    pub fn measures(self) -> &'static [Measure] {
        match self {
            Self::Latency => &LATENCY,
            Self::Messages => &MESSAGES,
            Self::Bulk => &BULK,
            Self::Churn => &CHURN,
            Self::Idle => &IDLE,
            Self::Udp => &UDP,
        }
    }

    /// What its plot teaches.
    pub fn lesson(self) -> &'static str {
        match self {
            Self::Latency => {
                "With one client all designs wait for the same two wake-ups; they differ in the tail, where the slowest of a \
                 thousand messages tells more than the average."
            }
            Self::Messages => {
                "One client is served equally fast by all; with many, a thread for each costs a switch of threads a message, \
                 and one thread that asks which sockets are ready handles many for each time it wakes up."
            }
            Self::Bulk => {
                "Each read and write is a system call, so a larger buffer moves more bytes for the same price."
            }
            Self::Churn => {
                "What a server sets up for each client is paid at each connection: nothing much in an event loop, a thread, or \
                 a whole process."
            }
            Self::Idle => {
                "A silent client costs what waits for it: a few hundred bytes in a table, the stack of a thread, or a process."
            }
            Self::Udp => {
                "No connection, no stream, one call to receive and one to send: a blocking loop is as good as anything."
            }
        }
    }
}

/// A workload at a number of connections.
#[derive(Clone)]
pub struct Task {
    pub workload: Workload,
    pub connections: u32,
    pub title: String,
}

impl Task {
    fn new(workload: Workload, connections: u32) -> Self {
        let title = match workload {
            Workload::Latency => "Round-trip latency, 64 bytes".into(),
            Workload::Messages if connections == 1 => "Messages a second, 1 connection".into(),
            Workload::Messages => format!("Messages a second, {connections} connections"),
            Workload::Bulk => "Bulk throughput, both ways at once".into(),
            Workload::Churn => "Connections a second".into(),
            Workload::Idle => format!("Memory of {connections} idle connections"),
            Workload::Udp => "Round trips of datagrams, 64 bytes".into(),
        };
        Self { workload, connections, title }
    }

    /// Why it can't be measured here, with so many files and sockets at most in a process.
    pub fn is_impossible(&self, descriptors: Option<u64>) -> Option<String> {
        let (needed, limit) = (u64::from(self.connections) + 100, descriptors.unwrap_or(u64::MAX));
        if self.workload == Workload::Idle && !cfg!(target_os = "linux") {
            return Some("only Linux tells the memory of a process as it is needed here".into());
        }
        (needed > limit)
            .then(|| format!("it needs {needed} file descriptors, and the limit is {limit} (ulimit -H -n)"))
    }
}

/// The tasks of these workloads, in their order.
pub fn tasks(workloads: &[Workload], connections: &[u32], idle: u32) -> Vec<Task> {
    let tasks = workloads.iter().flat_map(|&workload| match workload {
        Workload::Messages => connections.iter().map(|&count| Task::new(workload, count)).collect(),
        Workload::Idle => vec![Task::new(workload, idle)],
        _ => vec![Task::new(workload, 1)],
    });
    tasks.collect()
}
