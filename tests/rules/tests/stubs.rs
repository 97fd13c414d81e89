//! The exercises and the tables are what the generator makes of the solutions and their step.toml.

use std::env;
use std::process::Command;

use rules::course;
use steps::facts::Facts;
use steps::{Step, exercise, generated};

fn steps() -> Vec<Step> {
    Step::all().expect("there are solutions")
}

/// A student has begun when a TODO is gone, or when git sees a change.
fn is_begun(step: &Step) -> bool {
    let open = exercise::open_todos(step).len();
    let folder = format!("exercises/{step}");
    let status =
        Command::new("git").args(["status", "--porcelain", "--", &folder]).current_dir(course()).output();
    let is_changed = status.is_ok_and(|status| status.status.success() && !status.stdout.is_empty());
    is_changed || open < Facts::of(step).expect("another test reads the facts").gaps.len()
}

#[test]
fn exercises_are_current_unless_a_student_has_begun() {
    for step in steps() {
        let stale = generated::stale(generated::exercise(&step).unwrap_or_else(|error| panic!("{error:#}")));
        assert!(
            stale.is_empty() || is_begun(&step),
            "{:?} aren't current: run scripts/generate",
            stale.keys()
        );
    }
}

#[test]
fn tables_and_hints_are_current() {
    let stale = generated::stale(generated::pages().unwrap_or_else(|error| panic!("{error:#}")));
    assert!(stale.is_empty(), "{:?} aren't current: run scripts/generate", stale.keys());
}

/// Cargo repeats the warnings of what it has compiled before.
#[test]
fn stubs_compile_without_a_warning() {
    let mut check = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    check.args(["check", "--quiet", "--package", "support"]).current_dir(course()); // in case all are begun
    for step in steps().iter().filter(|step| !is_begun(step)) {
        check.args(["--package", &format!("ex{step}")]);
    }
    let output = check.output().expect("cargo runs this test");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
