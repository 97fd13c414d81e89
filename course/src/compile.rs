//! Building the criteria of a step together with what they grade.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, io};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::course::{Step, root};

/// What came of a build.
pub enum Build {
    /// The program that grades.
    Criteria(PathBuf),
    /// What the compiler says.
    Errors(String),
}

/// Builds the criteria of `step` with the exercise (`prefix` "ex") or the solution ("sol").
///
/// # Errors
/// Cargo can't be started, or says something that is not understood.
pub fn criteria(step: &Step, prefix: &str) -> Result<Build> {
    let name = step.name();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["test", "--no-run", "--quiet", "--message-format=json-diagnostic-rendered-ansi"]);
    cargo.args(["--package", &format!("{prefix}{name}"), "--test", name]);
    let output = cargo.current_dir(root()).stdin(Stdio::null()).output().context("cannot start cargo")?;
    if !output.status.success() {
        return Ok(Build::Errors(errors(&output.stdout, &output.stderr)));
    }
    let messages = json_lines(&output.stdout);
    // The exercise's own program is called the same.
    let is_test =
        |message: &&Value| message["target"]["kind"][0] == "test" && message["target"]["name"] == *name;
    let test = messages.iter().find(is_test);
    let path =
        test.and_then(|message| message["executable"].as_str()).context("cargo names no test program")?;
    Ok(Build::Criteria(path.into()))
}

/// Builds programs with all optimizations, as they are measured; `words` say which (`-p load`). Returns where they are.
///
/// # Errors
/// They don't compile.
pub fn programs(words: &[String]) -> Result<Vec<PathBuf>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo
        .args(["build", "--release", "--quiet", "--message-format=json-diagnostic-rendered-ansi"])
        .args(words);
    let output = cargo.current_dir(root()).stdin(Stdio::null()).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "this doesn't compile:\n{}", errors(&output.stdout, &output.stderr));
    let messages = json_lines(&output.stdout);
    Ok(messages.iter().filter_map(|message| message["executable"].as_str()).map(PathBuf::from).collect())
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
