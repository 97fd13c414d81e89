//! Building the tests of a step together with what they grade, or a step's program alone.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::{env, io};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::output::is_colored;
use crate::{Step, root};

/// What came of a build.
pub enum Build {
    /// What was built.
    Program(PathBuf),
    /// What the compiler says.
    Errors(String),
}

/// Builds the tests of `step` with the exercise (`prefix` "ex") or the solution ("sol").
///
/// # Errors
/// Cargo can't be started, or says something that is not understood.
pub fn tests(step: &Step, prefix: &str) -> Result<Build> {
    build(&["test", "--no-run"], &format!("{prefix}{step}"), "test", step.name())
}

/// Builds the program of `step`: the exercise, or the solution.
///
/// # Errors
/// As above.
pub fn program(step: &Step, is_solution: bool) -> Result<Build> {
    let (prefix, suffix) = if is_solution { ("sol", "_solution") } else { ("ex", "") };
    build(&["build"], &format!("{prefix}{step}"), "bin", &format!("{step}{suffix}"))
}

/// Has cargo build the target `name` of a kind ("test" or "bin") in `package`.
fn build(command: &[&str], package: &str, kind: &str, name: &str) -> Result<Build> {
    let target = format!("--{kind}");
    let output = run(command, &["--package", package, &target, name])?;
    if !output.status.success() {
        return Ok(Build::Errors(errors(&output.stdout, &output.stderr)));
    }
    let messages = json_lines(&output.stdout);
    // The exercise's program and its tests are called the same.
    let is_wanted =
        |message: &&Value| message["target"]["kind"][0] == *kind && message["target"]["name"] == *name;
    // A warning is a message about the same target.
    let path = messages.iter().filter(is_wanted).find_map(|message| message["executable"].as_str());
    let path = path.context("cargo names no program")?;
    Ok(Build::Program(path.into()))
}

/// Builds programs with all optimizations, as they are measured; `words` say which (`-p load`). Returns where they are.
///
/// # Errors
/// They don't compile.
pub fn programs(words: &[String]) -> Result<Vec<PathBuf>> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = run(&["build", "--release"], &words)?;
    ensure!(output.status.success(), "this doesn't compile:\n{}", errors(&output.stdout, &output.stderr));
    let messages = json_lines(&output.stdout);
    Ok(messages.iter().filter_map(|message| message["executable"].as_str()).map(PathBuf::from).collect())
}

/// The program cargo: the one that runs this tool, if one does.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or("cargo".into())
}

/// Runs cargo with a command and what it is to be done to; it tells of that as JSON.
fn run(command: &[&str], words: &[&str]) -> Result<Output> {
    let mut cargo = Command::new(cargo());
    let colored = is_colored(&io::stdout()) && is_colored(&io::stderr());
    let format = if colored { "json-diagnostic-rendered-ansi" } else { "json" };
    cargo.args(command).args(["--quiet", "--message-format", format]).args(words);
    cargo.current_dir(root()).stdin(Stdio::null()).output().context("cannot start cargo")
}

/// The version of Rust here: "1.95.0".
pub fn rust() -> Option<String> {
    let output = Command::new("rustc").arg("--version").current_dir(root()).output().ok()?;
    // "rustc 1.95.0 (59807616e 2026-04-14)"
    String::from_utf8_lossy(&output.stdout).split_whitespace().nth(1).map(str::to_owned)
}

/// What the compiler says, of what cargo has printed as JSON. Without a word of the compiler's it is cargo itself that complains,
/// of a manifest, say.
pub fn errors(stdout: &[u8], stderr: &[u8]) -> String {
    let messages = json_lines(stdout);
    let rendered: String =
        messages.iter().filter_map(|message| message["message"]["rendered"].as_str()).collect();
    if rendered.is_empty() { String::from_utf8_lossy(stderr).into_owned() } else { rendered }
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    io::BufRead::lines(bytes)
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect()
}
