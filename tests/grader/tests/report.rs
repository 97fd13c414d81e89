//! `GRADER_REPORT`: what a run of tests leaves there. The run is this very program, with the tests that are ignored otherwise.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use grader::report::Stream;
use grader::{REPORT, Report, Submission, Verdict, patience};

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

/// The place of a report, which is removed in the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(env::temp_dir().join(format!("grader-{name}-{}.json", std::process::id())))
    }

    fn read(&self) -> Option<Report> {
        Some(serde_json::from_slice(&fs::read(&self.0).ok()?).expect("at any moment it is whole"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// This program with the tests that are ignored otherwise.
fn run(report: &Path, words: &[&str]) -> Command {
    let mut run = Command::new(env::current_exe().expect("as above"));
    run.arg("--include-ignored").args(words).env(REPORT, report).stdin(Stdio::null());
    run
}

#[test]
fn all_tests_of_a_run_are_in_its_report() {
    let place = Place::new("all");
    let output = run(&place.0, &["played::", "--skip", "hangs"]).output().unwrap();
    assert_eq!(output.status.code(), Some(101), "{output:?}");
    let report = place.read().expect("there is one");
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
    let place = Place::new("killed");
    let mut run = run(&place.0, &["played::", "--skip", "panics"]).stdout(Stdio::null()).spawn().unwrap();
    let found = patience::eventually_within(patience::start(), || {
        place.read().is_some_and(|report| report.tests.len() == 2)
    });
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(found, "{:?}", place.read());
    let names: Vec<String> = place.read().unwrap().tests.into_iter().map(|test| test.name).collect();
    assert_eq!(names, ["played::fails", "played::passes"]);
}

#[test]
fn a_submission_that_is_no_program_is_an_obstacle() {
    grader::step!("01_basic_single");
    if env::var_os(REPORT).is_some() {
        submission();
    }
    let place = Place::new("obstacle");
    let this = "a_submission_that_is_no_program_is_an_obstacle";
    let output = run(&place.0, &["--exact", this]).env("SUBMISSION", "no-such-program").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let obstacle = place.read().and_then(|report| report.obstacle).expect("there is one");
    assert!(obstacle.message.contains("no program \"no-such-program\""), "{obstacle:?}");
}
