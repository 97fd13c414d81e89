//! `cargo lab`, the speed lab. Starts servers one at a time, puts load on them, and compares.

mod contestant;
mod machine;
mod page;
mod plot;
mod results;
mod rivals;
mod server;
mod statistics;
mod table;
mod workload;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use contestant::Contestant;
use machine::Machine;
use results::{Lab, Rank};
use server::Server;
use steps::Step;
use steps::cargo;
use steps::child;
use workload::{Task, Workload};

const EXAMPLES: &str = "Examples:
  cargo lab                                       the references, a few minutes
  cargo lab 2 10 --rivals --html speed.html       two of them, and servers of other designs, as a page
  cargo lab 2 --mine --workloads latency,bulk     your own step 02 beside the reference
  cargo lab 2 --submission \"python3 server.py\"    any program; a port, 0, is added to its command line";

/// Measure how fast servers are
///
/// Builds the servers in release and starts each on loopback, one at a time, again for each measurement. They take turns in rounds, and
/// the first is a bare blocking loop, which all others are compared with. The table shows the median of the rounds, the lowest and
/// the highest, and ratios within a round. It counts and shows whatever fails. Compare only ratios of one run, on a machine
/// that does nothing else. The load generator checks each byte that comes back.
///
/// Exit code 0: everything was echoed. 1: something failed. 2: it could not be measured.
#[derive(Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab", version, max_term_width = 110, after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
struct Args {
    /// Steps, by name or number. Without one, all servers but those that are layers around step 03 (05 to 08)
    steps: Vec<Step>,
    /// Also measure your own exercises of these steps
    #[arg(long)]
    mine: bool,
    /// Also measure any program: a command line to which the port 0 is added. It says where it listens as the steps do. May be repeated
    #[arg(long, value_name = "CMD")]
    submission: Vec<String>,
    /// The submissions echo datagrams
    #[arg(long, requires = "submission")]
    udp: bool,
    /// Also measure servers of other designs, as far as they are installed: tokio, mio, io-uring, Python, Go, socat, ncat, inetd
    #[arg(long)]
    rivals: bool,
    /// Also measure the references with a line for each message, and a rival that prints one
    #[arg(long)]
    log: bool,
    /// What to measure, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES", default_values_t = workload::ALL)]
    workloads: Vec<Workload>,
    /// How many times each server has its turn
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long a measurement takes, after a warm-up of a third of it
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    seconds: f64,
    /// How many connections talk at a time in `messages`
    #[arg(long, value_delimiter = ',', value_name = "COUNTS", default_values_t = [1, 50, 500])]
    connections: Vec<u32>,
    /// How many connections are held in `idle`
    #[arg(long, value_name = "COUNT", default_value_t = 5000)]
    idle: u32,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Also write a page with plots, which needs no other file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

fn main() -> ExitCode {
    run(&Args::parse()).unwrap_or_else(|error| {
        eprintln!("Error: {error:#}");
        ExitCode::from(2)
    })
}

fn run(args: &Args) -> Result<ExitCode> {
    ensure!(
        args.connections.iter().all(|&count| count > 0) && args.idle > 0,
        "0 connections can't be measured"
    );
    if let Some(path) = &args.html {
        fs::write(path, "").with_context(|| format!("cannot write {}", path.display()))?;
    }
    eprintln!("Building the servers and the load generator ...");
    let load =
        cargo::programs(&["-p".into(), "load".into()])?.pop().context("cargo names no load generator")?;
    let (contestants, missing) = contestant::all(args)?;
    let tasks = workload::tasks(&args.workloads, &args.connections, args.idle);
    let mut lab = Lab::new(Machine::describe(), args.rounds, args.seconds, contestants, missing);
    measure(&mut lab, &tasks, &load)?;
    lab.machine.note_the_load();
    if let Some(path) = &args.html {
        fs::write(path, page::write(&lab)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&lab)?);
    } else {
        print!("{}", table::write(&lab));
    }
    let failed = lab.results.iter().flat_map(|result| &result.ranks).any(|rank| rank.failures > 0);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// One workload after the other; in each, the contestants take turns (A B C, A B C), so that what changes on the machine
/// meanwhile changes for all.
fn measure(lab: &mut Lab, tasks: &[Task], load: &PathBuf) -> Result<()> {
    let turns: Vec<(Task, Vec<Contestant>)> = tasks
        .iter()
        .map(|task| {
            (task.clone(), lab.contestants.iter().filter(|it| it.takes_part_in(task)).cloned().collect())
        })
        .filter(|(_, contestants): &(_, Vec<_>)| !contestants.is_empty())
        .collect();
    let count: usize = turns.iter().map(|(_, contestants)| contestants.len() * lab.rounds as usize).sum();
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} measurements, {eta} left  {msg}");
    let bar = ProgressBar::new(count as u64).with_style(style.expect("it is one"));
    for (task, contestants) in turns {
        if let Some(reason) = task.is_impossible(lab.machine.descriptors) {
            lab.not_measured(&task, reason);
            bar.inc(contestants.len() as u64 * u64::from(lab.rounds));
            continue;
        }
        if bar.is_hidden() {
            eprintln!("{}: {} servers", task.title, contestants.len());
        }
        let mut ranks: Vec<Rank> = contestants.iter().map(Rank::new).collect();
        for _ in 0..lab.rounds {
            for (contestant, rank) in contestants.iter().zip(&mut ranks) {
                bar.set_message(format!("{}: {}", task.title, contestant.name));
                rank.add(turn(contestant, &task, lab.seconds, load)?);
                bar.inc(1);
            }
        }
        lab.add(&task, ranks);
    }
    bar.finish_and_clear();
    Ok(())
}

/// One server, started for this, under one load. Returns what the load generator says, or why the server didn't start.
fn turn(contestant: &Contestant, task: &Task, seconds: f64, load: &PathBuf) -> Result<Value> {
    let server = match Server::start(contestant) {
        Ok(server) => server,
        Err(error) => return Ok(results::never_started(&format!("{error:#}"))),
    };
    let mut command = child::limited(load, &[child::DESCRIPTORS]);
    command.args([task.workload.name(), &server.address.to_string()]);
    command.args(["--seconds", &seconds.to_string(), "--connections", &task.connections.to_string()]);
    command.args(["--group", &server.group().to_string()]);
    if let Some(login) = &contestant.login {
        command.args(["--login", login]);
    }
    let deadline = Instant::now() + Duration::from_secs_f64(seconds * 2.0 + 240.0);
    let finished = child::run(command, deadline)?;
    match serde_json::from_str(&finished.stdout) {
        Ok(outcome) => Ok(outcome),
        Err(_) => bail!("the load generator failed: {}", finished.stderr.trim()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=600.0).contains(seconds));
    seconds.ok_or_else(|| "it must be a number of seconds from 0.01 to 600".into())
}
