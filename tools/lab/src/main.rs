//! `cargo lab`, the speed lab. Starts servers one at a time, puts load on them, and compares.

mod args;
mod contestant;
mod interrupt;
mod machine;
mod page;
mod plot;
mod program;
mod results;
mod rivals;
mod server;
mod statistics;
mod table;
mod words;
mod workload;

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use load::{Failure, Load, Outcome};

use args::Args;
use machine::Machine;
use program::Program;
use results::{Lab, TaskResult};
use server::{Contestant, Server};
use steps::{cargo, files};
use words::count;
use workload::Task;

fn main() -> ExitCode {
    run(&Args::parse()).unwrap_or_else(|error| {
        say(&format!("Error: {error:#}"));
        ExitCode::from(2)
    })
}

/// Writes a line to standard error, if anybody reads it.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn run(args: &Args) -> Result<ExitCode> {
    let save = match &args.save {
        Some(path) => path.clone(),
        None => env::current_exe().context("cannot find this program")?.with_file_name("lab.json"),
    };
    args.html.iter().chain([&save]).try_for_each(|path| can_be_written(path))?;
    say("Building the servers and the load generator ...");
    let load =
        cargo::programs(&["-p".into(), "load".into()])?.pop().context("cargo names no load generator")?;
    let (contestants, missing) = contestant::all(args)?;
    let tasks = workload::tasks(&args.workloads, &args.connections, args.idle);
    let mut lab = Lab::new(Machine::describe(), args.rounds, args.seconds, contestants, missing, &tasks);
    interrupt::listen();
    say(&format!("The figures are in {} after each measurement.", save.display()));
    let keep = |lab: &Lab| {
        files::write_whole(&save, serde_json::to_string_pretty(lab)? + "\n")?;
        args.html.iter().try_for_each(|path| files::write_whole(path, page::write(lab)))
    };
    measure(&mut lab, &load, keep)?;
    keep(&lab)?;
    let text = if args.json { serde_json::to_string_pretty(&lab)? + "\n" } else { table::write(&lab) };
    files::write(None, &text)?;
    let failures: u64 = lab.results.iter().flat_map(|result| &result.ranks).map(|rank| rank.failures).sum();
    Ok(ExitCode::from(match lab.unfinished() {
        Some(_) => 130,
        None => u8::from(failures > 0),
    }))
}

/// It is better to find out before than after an hour of measuring.
fn can_be_written(path: &Path) -> Result<()> {
    ensure!(path.is_file() || !path.exists(), "cannot write {}: it is not a regular file", path.display());
    let opened = File::options().create(true).append(true).open(path);
    opened.map(drop).with_context(|| format!("cannot write {}", path.display()))
}

/// One workload after the other; in each, the contestants take turns (A B C, A B C), so that what changes on the machine in the
/// meantime changes for all.
fn measure(lab: &mut Lab, load: &Path, keep: impl Fn(&Lab) -> Result<()>) -> Result<()> {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} measurements, {eta} left  {msg}");
    let bar = ProgressBar::new(lab.planned as u64).with_style(style.expect("it is a template"));
    if env::var_os("TERM").is_some_and(|terminal| terminal == "dumb") {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let tell = |line: &str| if bar.is_hidden() { say(line) } else { bar.println(line) };
    for at in 0..lab.results.len() {
        if bar.is_hidden() && lab.results[at].not_measured.is_none() {
            let TaskResult { task, ranks, .. } = &lab.results[at];
            tell(&format!("{}: {}", task.title, count(ranks.len(), "server")));
        }
        for _ in 0..lab.rounds {
            for number in 0..lab.results[at].ranks.len() {
                lab.measured += 1;
                bar.inc(1);
                let TaskResult { task, ranks, .. } = &lab.results[at];
                let rank = &ranks[number];
                // One that did nothing at all in the last round would only cost time.
                if rank.rounds.last().is_some_and(|round| round.count == 0) {
                    continue;
                }
                bar.set_message(format!("{}: {}", task.title, rank.contestant.name));
                let outcome = turn(&rank.contestant, task, lab.seconds, load)?;
                if interrupt::has_come() {
                    lab.measured -= 1;
                    return Ok(());
                }
                if let (true, Some(first)) = (rank.failures == 0, &outcome.failures.first) {
                    tell(&format!("{}, {}: {first}", task.title, rank.contestant.name));
                }
                lab.results[at].add(number, outcome);
                lab.machine.note_the_load();
                keep(lab)?;
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// One server, started for this, under one load.
fn turn(contestant: &Contestant, task: &Task, seconds: f64, load: &Path) -> Result<Outcome> {
    let server = match Server::start(contestant) {
        Ok(server) => server,
        Err(error) => return Ok(Outcome::failed(&Failure::not_started(format!("{error:#}")))),
    };
    let job = Load {
        workload: task.workload,
        address: server.address,
        seconds,
        connections: task.connections as usize,
        group: server.group(),
        login: contestant.login.map(str::to_owned),
    };
    let generator = Program::start([load.as_os_str(), serde_json::to_string(&job)?.as_ref()], &[])?;
    let longest = load::longest(seconds);
    match generator.first_line(longest) {
        Some(line) => serde_json::from_str(&line)
            .with_context(|| format!("the load generator failed: {}", generator.last_words())),
        None => Ok(Outcome::failed(&Failure::silent(format!("no result in {} s", longest.as_secs_f64())))),
    }
}
