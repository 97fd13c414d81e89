//! Whatever a submission does, there is a verdict for every test, in time, and nothing of it stays behind.

use std::time::Duration;

use grader::Verdict::{
    self, Closed, Exited, Late, LeftAProcess, NeverListened, OutOfBounds, Silent, WrongOutput,
};

use crate::grade::{Busy, for_all, grade, program};

/// Deadlines of a second and a half: none of these passes a test by being given time.
const PATIENCE: (&str, &str) = ("GRADER_PATIENCE", "0.3");

/// More than all tests may take, each with its deadline.
const ALL_TESTS: Duration = Duration::from_secs(120);

/// A trick, and the verdicts that the tests may give. Those that listen do so on IPv4 only, whatever they are asked for.
const TRICKS: &[(&str, &[Verdict])] = &[
    ("never_binds", &[NeverListened, Late]),
    ("binds_and_never_answers", &[Silent, Late, WrongOutput, Closed, NeverListened]),
    ("exits_at_once_silently", &[Exited, WrongOutput]),
    ("exits_at_once_with_words", &[Exited, WrongOutput]),
    ("exits_after_its_first_line", &[Exited, WrongOutput, NeverListened]),
    ("panics_after_a_second", &[Exited, Silent, Late, WrongOutput, NeverListened]),
    ("floods_standard_output", &[Exited, Silent, Late, WrongOutput, NeverListened]),
    ("ignores_signals", &[Silent, Late, WrongOutput, NeverListened]),
    ("leaves_children_that_hold_its_pipes", &[Exited, WrongOutput, Late, LeftAProcess, NeverListened]),
    ("moves_to_a_new_session", &[Silent, Late, WrongOutput, NeverListened]),
    ("closes_standard_output", &[NeverListened, Late]),
    ("says_it_listens_and_does_not", &[NeverListened, WrongOutput, Late]),
    ("says_it_twice", &[Exited, Silent, Late, WrongOutput, NeverListened]),
    ("says_a_wrong_port", &[WrongOutput, Late, NeverListened]),
    ("answers_a_byte_a_second", &[Silent, Late, WrongOutput, Closed, NeverListened]),
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
        let graded = grade(Busy::one(), "02_threaded", &submission, &variables, &[]);
        let mut complaints = Vec::new();
        if graded.time > ALL_TESTS {
            complaints.push(format!("{trick}: it took {:?}", graded.time));
        }
        if graded.status.code() != Some(101) {
            complaints.push(format!("{trick}: the tests ended with {}", graded.status));
        }
        for test in graded.report.failed() {
            let verdict = test.failure.as_ref().map(|failure| failure.verdict);
            if !verdict.is_some_and(|verdict| verdicts.contains(&verdict)) {
                complaints.push(format!("{trick}: {}: {}\n{test}", test.name, test.verdict()));
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

/// One test is enough, and nothing beside it: two gigabytes are a lot, also for a processor that has to give them.
#[cfg(target_os = "linux")]
#[test]
fn a_submission_that_allocates_without_end_is_ended() {
    let submission = format!("{} allocates_without_end", program(env!("CARGO_BIN_EXE_hostile")));
    let one_test = ["--exact", "bytes::a_line_comes_back"];
    let graded = grade(Busy::alone(), "02_threaded", &submission, &[("GRADER_PATIENCE", "4")], &one_test);
    let failure = graded.of("bytes::a_line_comes_back").and_then(|test| test.failure.clone());
    let failure = failure.expect("it fails");
    assert_eq!(failure.verdict, OutOfBounds, "{failure}");
    assert!(failure.to_string().contains("2 GiB"), "{failure}");
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
        let graded = grade(Busy::one(), "01_basic_single", submission, &[], &[]);
        let said = &graded.stderr;
        assert!(said.starts_with("Error: SUBMISSION=") && said.contains(reason), "{submission:?}: {said}");
        assert_eq!(graded.status.code(), Some(2), "{submission:?}");
        let obstacle = graded.report.obstacle.expect("the report says it too");
        assert!(obstacle.message.contains(reason), "{submission:?}: {obstacle}");
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
