//! A stub is its solution with some of it taken out, and nothing else.

use std::env;
use std::fs;
use std::process::Command;

use rules::{course, files_in, partly_done, source_files, steps, text, todos};

#[test]
fn a_stub_has_the_files_of_its_solution() {
    for step in steps() {
        let files = |kind: &str| files_in(&course().join(kind).join(&step).join("src"));
        assert_eq!(files("course/stubs"), files("solutions"), "{step}");
    }
}

#[test]
fn outside_its_todos_a_stub_is_its_solution() {
    for step in steps() {
        for file in source_files(&step) {
            let stub = text(format!("course/stubs/{step}/{file}"))
                .replace(&format!("ex{step}"), &format!("sol{step}"));
            let solution = text(format!("solutions/{step}/{file}"));
            if let Err(reason) = partly_done(&stub, &solution, |_| false) {
                panic!("course/stubs/{step}/{file}: {reason}");
            }
        }
    }
}

/// Cargo repeats the warnings of what it has compiled before. What a student has begun is the student's affair.
#[test]
fn stubs_compile_without_a_warning() {
    let mut check = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    check.args(["check", "--quiet"]).current_dir(course());
    let is_untouched = |step: &String, file: &String| {
        let theirs = fs::read_to_string(course().join(format!("exercises/{step}/{file}")));
        theirs.is_ok_and(|theirs| theirs == text(format!("course/stubs/{step}/{file}")))
    };
    let untouched = |step: &String| source_files(step).iter().all(|file| is_untouched(step, file));
    check.args(["--package", "support"]); // in case all are begun
    for step in steps().into_iter().filter(untouched) {
        check.args(["--package", &format!("ex{step}")]);
    }
    let output = check.output().expect("cargo runs this test");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_todos_of_a_step_are_numbered_from_1() {
    for step in steps() {
        let numbers: Vec<u32> = todos(&step).into_iter().map(|(number, _)| number).collect();
        let count = u32::try_from(numbers.len()).expect("there are few");
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "{step}");
        assert!(count > 0, "{step} has nothing to do");
    }
}
