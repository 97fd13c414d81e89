//! The first words come before the build, and a build that fails is one error.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `start TOOL` with a script in the place of cargo.
fn start(tool: &str, script: &str) -> Output {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(tool);
    fs::create_dir_all(&folder).unwrap();
    let cargo = folder.join("cargo");
    fs::write(&cargo, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    Command::new(env!("CARGO_BIN_EXE_start")).arg(tool).env("CARGO", cargo).output().unwrap()
}

#[test]
fn a_tool_that_is_not_built_is_announced() {
    let output = start("no-such-tool", "echo '   Compiling serde v1.0.0' >&2");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("Building cargo no-such-tool."), "{stderr}");
    assert!(stderr.contains("Error: cannot start "), "{stderr}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_failed_build_shows_what_cargo_printed() {
    let output = start("broken", "echo 'error: no such package' >&2; exit 101");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("Error: cargo broken can't be built: exit status: 101\nerror: no such package"),
        "{stderr}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_built_tool_runs_without_a_word() {
    let output = start("start", "exit 0");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "Error: usage: start TOOL [ARGUMENTS...]\n"); // printed by the second one
}
