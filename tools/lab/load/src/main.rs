//! The load generator of `cargo lab`: one workload on one server, and one JSON object about it.
//!
//! Every byte that comes back is checked. What fails is counted beside what was done, and never makes a figure better.

mod bulk;
mod churn;
mod connection;
mod failures;
mod idle;
mod latency;
mod memory;
mod message;
mod messages;
mod outcome;
mod udp;
mod window;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use connection::Server;
use window::Window;

/// Puts one load on an echo server, and prints what came of it as JSON.
#[derive(Parser)]
struct CommandLine {
    workload: Workload,
    /// Where the server listens
    address: SocketAddr,
    /// How long to measure, after a warm-up of a third of it
    #[arg(long, default_value_t = 1.0, value_parser = seconds)]
    seconds: f64,
    /// For `messages` and `idle`: how many connections
    #[arg(long, default_value_t = 1)]
    connections: usize,
    /// For `idle`: the process group of the server, whose memory is measured
    #[arg(long)]
    group: Option<u32>,
    /// A line that each connection begins with. It is answered by a line
    #[arg(long)]
    login: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Workload {
    Latency,
    Messages,
    Bulk,
    Churn,
    Idle,
    Udp,
}

fn main() {
    let CommandLine { workload, address, seconds, connections, group, login } = CommandLine::parse();
    let server = Server { address, login };
    let length = Duration::from_secs_f64(seconds);
    let window = || Window::after_warm_up(length);
    let outcome = match workload {
        Workload::Latency => latency::run(&server, window()),
        Workload::Messages => messages::run(&server, connections, length),
        Workload::Bulk => bulk::run(&server, window()),
        Workload::Churn => churn::run(&server, window()),
        Workload::Idle => idle::run(&server, connections, group),
        Workload::Udp => udp::run(&server, window()),
    };
    println!("{}", serde_json::to_string(&outcome).expect("it has no map with odd keys"));
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=600.0).contains(seconds));
    seconds.ok_or_else(|| "it must be a number of seconds from 0.01 to 600".into())
}
