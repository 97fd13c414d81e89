//! Whatever a submission does, there is a verdict for every criterion, in time, and nothing of it stays behind.

use std::time::Duration;

use crate::grade::{Busy, for_all, grade, program, run_criteria};

/// Deadlines of a second and a half: none of these meets a criterion by being given time.
const PATIENCE: (&str, &str) = ("GRADER_PATIENCE", "0.3");

/// More than all criteria may take, each with its deadline.
const ALL_CRITERIA: Duration = Duration::from_secs(120);

/// A trick, and the verdicts that the criteria may give.
const TRICKS: &[(&str, &[&str])] = &[
    ("never_binds", &["never listened", "late"]),
    ("binds_and_never_answers", &["silent", "late", "wrong output", "closed"]),
    ("exits_at_once_silently", &["exited", "wrong output"]),
    ("exits_at_once_with_words", &["exited", "wrong output"]),
    ("exits_after_its_first_line", &["exited", "wrong output", "never listened"]),
    ("panics_after_a_second", &["exited", "silent", "late", "wrong output"]),
    ("floods_standard_output", &["exited", "silent", "late", "wrong output"]),
    ("ignores_signals", &["silent", "late", "wrong output"]),
    (
        "leaves_children_that_hold_its_pipes",
        &["exited", "wrong output", "late", "left a process", "never listened"],
    ),
    ("moves_to_a_new_session", &["silent", "late", "wrong output"]),
    ("closes_standard_output", &["never listened", "late"]),
    ("says_it_listens_and_does_not", &["never listened", "wrong output", "late"]),
    ("says_it_twice", &["exited", "silent", "late", "wrong output"]),
    ("says_a_wrong_port", &["wrong output", "late"]),
    ("answers_a_byte_a_second", &["silent", "late", "wrong output", "closed"]),
];

/// The tricks by their names.
pub fn tricks() -> impl Iterator<Item = &'static str> {
    TRICKS.iter().map(|(trick, _)| *trick)
}

#[test]
fn a_hostile_submission_gets_its_verdicts_and_leaves_nothing() {
    let hostile = program(env!("CARGO_BIN_EXE_hostile"));
    let complaints = for_all(TRICKS, |(trick, verdicts)| {
        let mark = format!("hostile {trick} {}", std::process::id());
        let submission = format!("{hostile} {trick}");
        let variables = [PATIENCE, ("HOSTILE_MARK", &mark)];
        let report = grade(Busy::one(), "02_threaded", &submission, &variables, &[]);
        let mut complaints = Vec::new();
        if report.time > ALL_CRITERIA {
            complaints.push(format!("{trick}: it took {:?}", report.time));
        }
        if !report.text.contains("test result: FAILED.") {
            complaints.push(format!("{trick}: the report is not whole"));
        }
        for criterion in report.failed() {
            let said = report.of(criterion);
            let verdict = said.lines().find_map(|line| line.strip_prefix("  verdict: ")).unwrap_or("(none)");
            if !verdicts.contains(&verdict) {
                complaints.push(format!("{trick}: {criterion} has the verdict {verdict}:\n{said}"));
            }
        }
        if let Some(left) = left_processes(&mark) {
            complaints.push(format!("{trick}: it left {left}"));
        }
        complaints
    });
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// One criterion is enough, and nothing beside it: two gigabytes are a lot, also for a processor that has to give them.
#[cfg(target_os = "linux")]
#[test]
fn a_submission_that_allocates_without_end_is_ended() {
    let submission = format!("{} allocates_without_end", program(env!("CARGO_BIN_EXE_hostile")));
    let one_criterion = ["--exact", "bytes::a_line_comes_back"];
    let report =
        grade(Busy::alone(), "02_threaded", &submission, &[("GRADER_PATIENCE", "4")], &one_criterion);
    let said = report.of("bytes::a_line_comes_back");
    assert!(said.contains("verdict: out of bounds") && said.contains("2 GiB"), "{}", report.text);
}

#[test]
fn what_is_no_program_is_told_in_a_sentence() {
    for (submission, reason) in [
        ("", "it is empty"),
        ("no-such-program", "there is no program \"no-such-program\""),
        ("tests/no-such.py", "there is no program \"tests/no-such.py\""),
        ("./README.md", "not executable"),
        ("'", "a quotation mark is not closed"),
    ] {
        let (output, _) = run_criteria(Busy::one(), "01_basic_single", submission, &[], &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with("Error: SUBMISSION=") && said.contains(reason), "{submission:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{submission:?}");
    }
}

/// Processes that run with this mark in their environment.
pub fn left_processes(mark: &str) -> Option<String> {
    let mark = format!("HOSTILE_MARK={mark}");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let left = processes.filter(|process| {
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == mark.as_bytes())
    });
    let left: Vec<String> = left
        .map(|process| {
            std::fs::read_to_string(process.path().join("cmdline")).unwrap_or_default().replace('\0', " ")
        })
        .collect();
    (!left.is_empty()).then(|| left.join(", "))
}
