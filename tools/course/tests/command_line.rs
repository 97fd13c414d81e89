//! The tool as it is called: exit codes, and what other programs read of it.

use std::fs::{self, File};
use std::io;
use std::process;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use steps::report::Report;

fn course(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command.args(words);
    command
}

#[test]
fn alone_it_tells_where_the_student_stands() {
    course(&[]).assert().success().stdout(contains("01_basic_single").and(contains("30 to 45 minutes")));
}

#[test]
fn a_right_submission_is_exit_code_0() {
    let graded = course(&["grade", "4", "--solution", "--format", "json"]).assert().code(0);
    let text = String::from_utf8(graded.get_output().stdout.clone()).unwrap();
    let report: Report =
        serde_json::from_str(&text).expect("one report, and nothing else on standard output");
    assert_eq!((report.step.as_str(), report.passed()), ("04_bonus_udp", report.tests.len()));
    assert!(report.passed() > 0 && report.tests.iter().all(|test| test.seconds > 0.0), "{report:?}");
}

/// `true` ends immediately: no test of a server passes.
#[cfg(unix)]
#[test]
fn a_wrong_submission_is_exit_code_1_and_has_a_whole_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    let grade = |format: &str| {
        let words = ["grade", "4", "--submission", "true", "--format", format, "--output"];
        course(&words).arg(&file).assert().code(1).stdout(is_empty());
        fs::read_to_string(&file).unwrap()
    };
    let report: Report = serde_json::from_str(&grade("json")).unwrap();
    assert_eq!(report.passed(), 0);
    assert!(report.failed().all(|test| ["exited", "wrong output"].contains(&test.verdict())), "{report:?}");
    let text = grade("human");
    for part in ["verdict: exited", "hint: ", "read more: docs/src/04_bonus_udp.md", &report.summary()] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_cannot_be_graded_is_exit_code_2() {
    course(&["grade", "4", "--submission", "no-such-program"])
        .assert()
        .code(2)
        .stderr(contains("no-such-program"));
    course(&["grade", "99"]).assert().code(2).stderr(contains("the steps are 01_basic_single"));
    course(&["grade", "4", "--format", "xml"]).assert().code(2);
    course(&["grade", "4", "--solution", "--output", "/no/such/folder/x"])
        .assert()
        .code(2)
        .stderr(contains("cannot write"));
}

#[test]
fn a_hint_needs_a_todo_or_a_test() {
    course(&["hint", "2", "9"]).assert().code(2).stderr(contains("no TODO 9: there are 3"));
    course(&["hint", "2", "no_such_test"]).assert().code(2);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    for words in [&[][..], &["hint", "1"], &["diff", "1", "--spoil"], &["grade", "4", "--solution"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = process::Command::new(env!("CARGO_BIN_EXE_course")).args(words).stdout(writer).output();
        let output = output.unwrap();
        assert_eq!((output.status.code(), &output.stderr[..]), (Some(0), &b""[..]), "{words:?}: {output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_line_of_error() {
    for words in [&[][..], &["hint", "1"], &["diff", "1", "--spoil"], &["grade", "4", "--solution"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = process::Command::new(env!("CARGO_BIN_EXE_course")).args(words).stdout(full).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("cannot write to standard output") && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn the_reference_is_no_spoiler_unless_wanted() {
    course(&["diff", "9", "--spoil"]).assert().success().stdout(contains("exercises/09_client"));
}
