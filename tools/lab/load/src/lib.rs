//! The load generator of `cargo lab`: one workload on one server, and what came of it.
//!
//! It checks every byte that comes back. It counts what fails beside what was done, so a failure never makes a figure better.

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

use serde::{Deserialize, Serialize};

use connection::Server;
pub use failures::Failures;
use failures::patience;
pub use outcome::Outcome;
use window::Window;

/// What the generator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// Round trips of one connection, a message at each tick of a clock
    Latency,
    /// Messages per second, each connection with one on its way
    Messages,
    /// Bytes per second, both ways at once, 64 KiB per write
    Bulk,
    /// Connections per second, each with one message
    Churn,
    /// Memory of silent connections
    Idle,
    /// Round trips of datagrams
    Udp,
}

/// A workload on a server. The generator takes it as JSON.
#[derive(Serialize, Deserialize)]
pub struct Load {
    /// What to do.
    pub workload: Workload,
    /// Where the server listens.
    pub address: SocketAddr,
    /// How long to measure, after a warm-up of a third of it.
    pub seconds: f64,
    /// For `messages` and `idle`: how many connections.
    pub connections: usize,
    /// For `idle`: the process group of the server, whose memory is measured.
    pub group: u32,
    /// A line that each connection begins with. The server answers it with a line.
    pub login: Option<String>,
}

impl Load {
    /// Puts the load on the server.
    pub fn run(self) -> Outcome {
        let length = Duration::from_secs_f64(self.seconds);
        let server = Server { address: self.address, login: self.login, limit: limit(self.seconds) };
        let window = || Window::after_warm_up(length);
        match self.workload {
            Workload::Latency => latency::run(&server, &window()),
            Workload::Messages => messages::run(&server, self.connections, window),
            Workload::Bulk => bulk::run(&server, &window()),
            Workload::Churn => churn::run(&server, &window()),
            Workload::Idle => idle::run(&server, self.connections, self.group),
            Workload::Udp => udp::run(&server, &window()),
        }
    }
}

/// How long opening the connections may take, for a measurement of so many seconds. A server that starts a process per
/// client needs a while.
fn limit(seconds: f64) -> Duration {
    patience() * 2 + Duration::from_secs_f64(10.0 * seconds)
}

/// How long the generator takes at most, unless the server keeps it busy with single bytes.
pub fn longest(seconds: f64) -> Duration {
    limit(seconds) * 2
}
