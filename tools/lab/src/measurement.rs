//! The measurements, one after the other, and their progress.

use std::env;
use std::path::Path;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use load::{Load, Outcome};

use crate::interrupt;
use crate::program::Program;
use crate::results::{Lab, TaskResult};
use crate::server::{Contestant, Server};
use crate::words::{count, say};
use crate::workload::Task;

/// Makes all measurements of the lab, until an interrupt. Each is kept before the next one begins.
pub fn all(lab: &mut Lab, load: &Path, keep: impl Fn(&Lab) -> Result<()>) -> Result<()> {
    let bar = progress_bar(lab.planned);
    let tell = |line: &str| if bar.is_hidden() { say(line) } else { bar.println(line) };
    let mut last = None;
    for (at, number) in lab.turns() {
        let TaskResult { task, ranks, .. } = &lab.results[at];
        let rank = &ranks[number];
        if bar.is_hidden() && last.replace(at) != Some(at) {
            say(&format!("{}: {}", task.title, count(ranks.len(), "server")));
        }
        bar.set_message(format!("{}: {}", task.title, rank.contestant.name));
        // A server that did nothing but fail in the last round would only cost time.
        if rank.rounds.last().is_none_or(|round| round.count > 0 || round.failures.count() == 0) {
            let outcome = measure(&rank.contestant, task, lab.seconds, load)?;
            if interrupt::has_come() {
                lab.interrupted = true;
                break;
            }
            if let (0, Some(first)) = (rank.failures, &outcome.failures.first) {
                tell(&format!("{}, {}: {first}", task.title, rank.contestant.name));
            }
            lab.results[at].add(number, outcome);
        }
        lab.measured += 1;
        lab.machine.note_the_load();
        keep(lab)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// It is hidden if nobody sees it, and on a terminal that can't draw it.
fn progress_bar(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} measurements, {eta} left  {msg}");
    let bar = ProgressBar::new(length as u64).with_style(style.expect("it is a template"));
    if env::var_os("TERM").is_some_and(|terminal| terminal == "dumb") {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

/// One server, started for this, under one load.
fn measure(contestant: &Contestant, task: &Task, seconds: f64, load: &Path) -> Result<Outcome> {
    let server = match Server::start(contestant) {
        Ok(server) => server,
        Err(error) => return Ok(Outcome::failed("not started", &format!("{error:#}"))),
    };
    let job = Load {
        workload: task.workload,
        address: server.address,
        seconds,
        connections: task.connections as usize,
        group: server.group(),
        login: contestant.login.clone(),
    };
    let generator =
        Program::start([load.as_os_str(), serde_json::to_string(&job)?.as_ref()], [("RUST_LOG", "warn")])?;
    let longest = load::longest(seconds);
    match generator.first_line(longest) {
        Some(line) => serde_json::from_str(&line)
            .with_context(|| format!("the load generator failed: {}", generator.last_words())),
        None => Ok(Outcome::failed("silent", &format!("no result in {} s", longest.as_secs_f64()))),
    }
}
