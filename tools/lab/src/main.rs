//! `cargo lab`, the speed lab. Starts servers one at a time, puts load on them, and compares.

mod args;
mod contestant;
mod interrupt;
mod machine;
mod measurement;
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
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use args::Args;
use results::Lab;
use steps::{cargo, files};
use words::say;

fn main() -> ExitCode {
    run(&Args::parse()).unwrap_or_else(|error| {
        say(&format!("Error: {error:#}"));
        ExitCode::from(2)
    })
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
    let mut lab = Lab::new(args, contestants, missing);
    interrupt::listen();
    say(&format!("The figures are in {} after each measurement.", save.display()));
    let keep = |lab: &Lab| {
        files::write_whole(&save, serde_json::to_string_pretty(lab)? + "\n")?;
        args.html.iter().try_for_each(|path| files::write_whole(path, page::write(lab)))
    };
    measurement::all(&mut lab, &load, keep)?;
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
