//! `cargo course diff`: the student's files and the reference's.

use std::fs;
use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use similar::{ChangeTag, TextDiff};

use crate::progress::Progress;
use steps::Step;

pub fn run(step: &Step, spoil: bool) -> Result<ExitCode> {
    if !spoil && !Progress::load().is_done(step) {
        bail!("{step} isn't done: grade it first, or look at the solution all the same with --spoil");
    }
    let folder = step.solution().join("src");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect();
    names.sort();
    for name in names {
        let own = fs::read_to_string(step.exercise().join("src").join(&name)).unwrap_or_default();
        let reference = fs::read_to_string(folder.join(&name))?;
        // The two differ in the name of their own library, which is no news.
        let reference = reference.replace(&format!("sol{step}"), &format!("ex{step}"));
        show(&format!("{step}/src/{}", name.to_string_lossy()), &own, &reference);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(name: &str, own: &str, reference: &str) {
    let colour = std::io::stdout().is_terminal();
    let diff = TextDiff::from_lines(own, reference);
    if diff.ratio() >= 1.0 {
        println!("{name}: the same as the reference");
        return;
    }
    println!("--- exercises/{name}\n+++ solutions/{name}");
    for group in diff.grouped_ops(3) {
        println!("@@");
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, code) = match change.tag() {
                ChangeTag::Delete => ("-", "31"),
                ChangeTag::Insert => ("+", "32"),
                ChangeTag::Equal => (" ", "0"),
            };
            let line = change.value().trim_end();
            if colour { println!("\x1b[{code}m{sign}{line}\x1b[0m") } else { println!("{sign}{line}") }
        }
    }
}
