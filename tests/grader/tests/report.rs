//! `GRADER_REPORT`: what a run of tests leaves there. The run is this very program, with the tests that are ignored otherwise.

use std::env;
use std::process::{Command, Stdio};

use grader::report::Stream;
use grader::{REPORT, Report, ReportFile, Submission, Verdict, patience};

/// A program that ends soon and prints what is no first line of a server.
fn submission() -> Submission {
    let own = env::current_exe().expect("the system knows what it runs");
    Submission::of_program("02_threaded", vec![own.into(), "--list".into()])
}

mod played {
    use super::*;

    #[test]
    #[ignore = "played"]
    fn passes() {
        submission().run().or_hint("it ends by itself");
    }

    #[test]
    #[ignore = "played"]
    fn fails() {
        submission().start();
    }

    #[test]
    #[ignore = "played"]
    fn panics() {
        submission();
        panic!("the machine is too slow");
    }

    #[test]
    #[ignore = "played"]
    fn uses_no_grader() {}

    #[test]
    #[ignore = "played by the run that is killed"]
    fn hangs() {
        submission();
        if env::var_os(REPORT).is_some() {
            std::thread::park();
        }
    }
}

fn read(file: &ReportFile) -> Option<Report> {
    file.read().expect("at any moment it is whole")
}

/// This program with the tests that are ignored otherwise.
fn run(report: &ReportFile, words: &[&str]) -> Command {
    let mut run = Command::new(env::current_exe().expect("as above"));
    run.arg("--include-ignored").args(words).env(REPORT, report.path()).stdin(Stdio::null());
    run
}

#[test]
fn all_tests_of_a_run_are_in_its_report() {
    let report = ReportFile::temporary();
    let output = run(&report, &["played::", "--skip", "hangs"]).output().unwrap();
    assert_eq!(output.status.code(), Some(101), "{output:?}");
    let report = read(&report).expect("there is one");
    let found: Vec<_> = report.tests.iter().map(|test| (test.name.as_str(), test.passed)).collect();
    assert_eq!(found, [("played::fails", false), ("played::panics", false), ("played::passes", true)]);
    let [fails, panics, passes] = &report.tests[..] else { unreachable!("that was asserted") };
    assert!(panics.failure.is_none() && panics.panic.as_ref().unwrap().contains("the machine is too slow"));
    assert!(passes.failure.is_none() && passes.panic.is_none());
    assert!(report.seconds >= fails.seconds);

    let failure = fails.failure.as_ref().expect("the grader tells why");
    assert_eq!((failure.verdict, failure.read_more.as_str()), (Verdict::Exited, "docs/src/02_threaded.md"));
    assert!(failure.hint.as_ref().is_some_and(|hint| hint.contains("first line")));
    assert!(failure.output.iter().any(|line| line.stream == Stream::Stdout), "{failure:?}");
    // What is printed is the same, made from the same data.
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(printed.contains(&failure.to_string()), "{printed}");
}

#[test]
fn a_run_that_is_killed_leaves_what_it_has_found() {
    let report = ReportFile::temporary();
    let mut run = run(&report, &["played::", "--skip", "panics"]).stdout(Stdio::null()).spawn().unwrap();
    let found = patience::eventually_within(patience::start(), || {
        read(&report).is_some_and(|report| report.tests.len() == 2)
    });
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(found, "{:?}", read(&report));
    let names: Vec<String> = read(&report).unwrap().tests.into_iter().map(|test| test.name).collect();
    assert_eq!(names, ["played::fails", "played::passes"]);
}

#[test]
fn a_submission_that_is_no_program_is_an_obstacle() {
    grader::step!("01_basic_single");
    if env::var_os(REPORT).is_some() {
        submission();
    }
    let report = ReportFile::temporary();
    let this = "a_submission_that_is_no_program_is_an_obstacle";
    let output = run(&report, &["--exact", this]).env("SUBMISSION", "no-such-program").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let obstacle = read(&report).and_then(|report| report.obstacle).expect("there is one");
    assert!(obstacle.message.contains("no program \"no-such-program\""), "{obstacle:?}");
}
