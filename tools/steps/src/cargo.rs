//! Building the tests of a step together with what they grade, or a step's program alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io};

use anyhow::{Context, Result, bail};
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
pub fn tests(step: &Step, prefix: &str) -> Result<Build> {
    only(&["test", "--no-run"], &format!("{prefix}{step}"), "test", step.name())
}

/// Builds the tests of all `steps` with their solutions, in the folder `target`.
pub fn all_tests(steps: &[Step], target: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut words =
        vec!["test".into(), "--no-run".into(), "--target-dir".into(), target.display().to_string()];
    for step in steps {
        words.extend(["--package".into(), format!("sol{step}"), "--test".into(), step.to_string()]);
    }
    match build(&words)? {
        Ok(built) => Ok(built.into_iter().map(|Built { name, path, .. }| (name, path)).collect()),
        Err(errors) => bail!("the tests don't compile:\n{errors}"),
    }
}

/// Builds the program of `step`: the exercise, or the solution.
pub fn program(step: &Step, is_solution: bool) -> Result<Build> {
    let (prefix, suffix) = if is_solution { ("sol", "_solution") } else { ("ex", "") };
    only(&["build"], &format!("{prefix}{step}"), "bin", &format!("{step}{suffix}"))
}

/// Builds programs with all optimizations, as they are measured; `words` say which (`-p load`). Returns where they are.
pub fn programs(words: &[String]) -> Result<Vec<PathBuf>> {
    match build(&[&["build".into(), "--release".into()], words].concat())? {
        Ok(built) => Ok(built.into_iter().map(|built| built.path).collect()),
        Err(errors) => bail!("this doesn't compile:\n{errors}"),
    }
}

/// Has cargo build the target `name` of a kind ("test" or "bin") in `package`.
fn only(command: &[&str], package: &str, kind: &str, name: &str) -> Result<Build> {
    let target = format!("--{kind}");
    let words: Vec<String> =
        command.iter().chain(&["--package", package, &target, name]).map(ToString::to_string).collect();
    // The exercise's program and its tests are called the same.
    let is_wanted = |built: &Built| built.kind == kind && built.name == name;
    match build(&words)? {
        Ok(built) => {
            let built = built.into_iter().find(is_wanted).context("cargo names no program")?;
            Ok(Build::Program(built.path))
        }
        Err(errors) => Ok(Build::Errors(errors)),
    }
}

/// A program that cargo has built, and the target that it was built for.
struct Built {
    kind: String,
    name: String,
    path: PathBuf,
}

/// Runs cargo with `words`. Returns what it has built, or what the compiler says.
fn build(words: &[String]) -> Result<Result<Vec<Built>, String>> {
    let mut cargo = Command::new(cargo());
    let colored = is_colored(&io::stdout()) && is_colored(&io::stderr());
    let format = if colored { "json-diagnostic-rendered-ansi" } else { "json" };
    cargo.args(words).args(["--quiet", "--message-format", format]);
    let output = cargo.current_dir(root()).stdin(Stdio::null()).output().context("cannot start cargo")?;
    if !output.status.success() {
        return Ok(Err(errors(&output.stdout, &output.stderr)));
    }
    let built = |message: &Value| {
        let text = |value: &Value| Some(value.as_str()?.to_owned());
        let target = &message["target"];
        let path = text(&message["executable"])?.into();
        Some(Built { kind: text(&target["kind"][0])?, name: text(&target["name"])?, path })
    };
    Ok(Ok(json_lines(&output.stdout).iter().filter_map(built).collect()))
}

/// The program cargo: the one that runs this tool, if one does.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or("cargo".into())
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
