//! The tool as it is called: exit codes, and what other programs read of it.

use std::fs;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;

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
    let report: Value = serde_json::from_str(&text).expect("one object, and nothing else on standard output");
    assert_eq!((&report["step"], &report["failed"]), (&"04_bonus_udp".into(), &0.into()));
    let criteria = report["criteria"].as_array().unwrap();
    assert_eq!(report["met"], criteria.len());
    for field in ["name", "title", "met", "verdict", "seconds", "message", "conversation"] {
        assert!(criteria.iter().all(|criterion| !criterion[field].is_null()), "{field}");
    }
}

/// `true` ends at once: no criterion about a server is met.
#[cfg(unix)]
#[test]
fn a_wrong_submission_is_exit_code_1_and_has_a_whole_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    for (format, part) in [("human", "0 of"), ("json", "\"verdict\":\"exited\"")] {
        let words = ["grade", "4", "--submission", "true", "--format", format, "--output"];
        course(&words).arg(&file).assert().code(1).stdout(is_empty());
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(part), "{format}: {text}");
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
fn the_reference_is_no_spoiler_unless_wanted() {
    course(&["diff", "9", "--spoil"]).assert().success().stdout(contains("exercises/09_client"));
}
