//! `cargo course diff`: the student's files and the reference's.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io;

use anyhow::{Result, bail};
use similar::{ChangeTag, TextDiff};
use steps::output::is_colored;
use steps::{Step, stub};

use crate::progress::Progress;

pub fn text(step: &Step, spoil: bool) -> Result<String> {
    if !spoil && !Progress::load().is_done(step) {
        bail!("{step} isn't done: make its tests pass first, or use --spoil to see the solution now");
    }
    // The two differ in the name of their own library, which is no news.
    let package = format!("ex{step}");
    let reference = stub::sources(step, &package, |_| false)?;
    let stubs = stub::sources(step, &package, |_| true)?;
    let mut text = String::new();
    for (path, reference) in reference {
        let own = fs::read_to_string(step.exercise().join(&path)).unwrap_or_default();
        let own = without_tasks(&own, &stubs[&path]);
        text += &difference(&format!("{step}/{path}"), &own, &reference);
    }
    Ok(text)
}

/// The student's file without the comments of the TODOs, as far as they are still there.
fn without_tasks(own: &str, stub: &str) -> String {
    let mut tasks = BTreeSet::new();
    let mut in_task = false;
    for line in stub.lines().map(str::trim) {
        in_task = line.starts_with("// TODO ") || in_task && line.starts_with("//");
        if in_task {
            tasks.insert(line);
        }
    }
    own.lines().filter(|line| !tasks.contains(line.trim())).flat_map(|line| [line, "\n"]).collect()
}

fn difference(name: &str, own: &str, reference: &str) -> String {
    if own == reference {
        return format!("{name}: the same as the reference\n");
    }
    let color = is_colored(&io::stdout());
    let diff = TextDiff::from_lines(own, reference);
    let mut text = format!("--- exercises/{name}\n+++ solutions/{name}\n");
    for group in diff.grouped_ops(3) {
        text += "@@\n";
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, code) = match change.tag() {
                ChangeTag::Delete => ("-", "31"),
                ChangeTag::Insert => ("+", "32"),
                ChangeTag::Equal => (" ", "0"),
            };
            let line = change.value().trim_end();
            let _ = if color {
                writeln!(text, "\x1b[{code}m{sign}{line}\x1b[0m")
            } else {
                writeln!(text, "{sign}{line}")
            };
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_todos_are_no_difference() {
        let stub = "a\n    // TODO 1: think\n    // hard.\n    todo!();\n    // given\n";
        let own = "a\n    // TODO 1: think\n    // hard.\n    thought(); // mine\n    // given\n";
        assert_eq!(without_tasks(own, stub), "a\n    thought(); // mine\n    // given\n");
    }
}
