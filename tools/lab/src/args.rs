//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use load::Workload;
use steps::Step;

const EXAMPLES: &str = "Examples:
  cargo lab                                       the references, a few minutes
  cargo lab 2 10 --rivals --html speed.html       two of them, and servers of other designs, as a page
  cargo lab 2 --mine --workloads latency,bulk     your own step 02 beside the reference
  cargo lab 2 --submission \"python3 server.py\"    any program; the lab appends the port 0 to its command line";

/// Measure how fast servers are
///
/// Builds the servers in release mode and starts them on loopback, one at a time and again for each measurement. They take
/// turns in rounds. The first is a bare blocking loop, and all others are compared with it. The table shows the median of the rounds,
/// the lowest and the highest, and ratios within a round. The load generator checks each byte that comes back, and the lab
/// lists whatever fails. Compare only ratios of one run, on a machine that does nothing else.
///
/// Ctrl+C ends a run early: you get the figures up to then.
///
/// Exit code 0: everything was echoed. 1: something failed. 2: the lab couldn't measure. 130: you interrupted it.
#[derive(Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab", version, max_term_width = 110, after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub struct Args {
    /// Steps, by name or number (default: all servers except 05 to 08, which are layers around step 03)
    pub steps: Vec<Step>,
    /// Also measure your own exercises of these steps
    #[arg(long)]
    pub mine: bool,
    /// Also measure any program: its command line, to which the lab appends the port 0. It reports where it listens as the
    /// steps do. You can repeat this option
    #[arg(long, value_name = "CMD")]
    pub submission: Vec<String>,
    /// The submissions echo datagrams
    #[arg(long, requires = "submission")]
    pub udp: bool,
    /// Also measure servers of other designs, if they are installed: tokio, mio, io-uring, Python, Go, socat, ncat, inetd
    #[arg(long)]
    pub rivals: bool,
    /// Also measure the references while they log each message, and a rival that prints each
    #[arg(long)]
    pub log: bool,
    /// What to measure, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES",
        default_values_t = Workload::value_variants().to_vec())]
    pub workloads: Vec<Workload>,
    /// How many turns each server has
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// How long a measurement takes, after a warm-up of a third of it
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    pub seconds: f64,
    /// How many connections talk at once in `messages`
    #[arg(long, value_delimiter = ',', value_name = "COUNTS", default_values_t = [1, 50, 500],
        value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: Vec<u32>,
    /// How many connections are held in `idle`
    #[arg(long, value_name = "COUNT", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..))]
    pub idle: u32,
    /// Print JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Also write a page with plots, which needs no other file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Where to save the figures as JSON, after each measurement (default: lab.json beside the program of the lab)
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=600.0).contains(seconds));
    seconds.ok_or_else(|| "it must be a number of seconds from 0.01 to 600".into())
}
