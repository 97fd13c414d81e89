//! Right submissions of other designs than the reference pass every test.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::grade::{Busy, for_all, grade, program};
use rules::{course, names_in};
use submissions::wrong::STEPS;

/// Those of step 02 that are right for step 10 too. Tokio's threads are a few more, but not more with each client.
const IN_ONE_THREAD: [&str; 3] = ["right_02_tokio", "right_02_asyncio.py", "right_02_selectors.py"];

#[test]
fn right_submissions_pass_every_test() {
    let rust = Path::new(env!("CARGO_BIN_EXE_wrong")).parent().expect("it is in a folder");
    let mut all: Vec<(String, String)> = Vec::new();
    // Python first: it takes the longest.
    if let Some(python) = python() {
        for name in names_in(&course().join("tests/submissions/python")) {
            if name.starts_with("right_") {
                all.push((step_of(&name), format!("{python} tests/submissions/python/{name}")));
            }
        }
    }
    for file in names_in(&course().join("tests/submissions/src/bin")) {
        let name = file.trim_end_matches(".rs");
        // On Windows a submission is handed a socket in no way that std knows.
        let portable = cfg!(unix) || !name.contains("processes");
        if name.starts_with("right_") && portable {
            all.push((step_of(name), program(&rust.join(name).to_string_lossy())));
        }
    }
    // Without its mistake, a wrong submission is right.
    let wrong = program(env!("CARGO_BIN_EXE_wrong"));
    all.extend(STEPS.iter().map(|(step, ..)| ((*step).to_owned(), format!("{wrong} {step} none"))));
    let in_one_thread: Vec<_> = all
        .iter()
        .filter(|(_, line)| IN_ONE_THREAD.iter().any(|name| line.contains(name)))
        .cloned()
        .collect();
    all.extend(in_one_thread.into_iter().map(|(_, line)| (step_of("right_10"), line)));
    assert!(all.len() >= 8, "there are right submissions of several designs: {all:?}");
    let graded = for_all(&all, |(step, submission)| grade(Busy::one(), step, submission, &[], &[]));
    let mut accused = String::new();
    for ((_, submission), graded) in all.iter().zip(&graded) {
        for test in graded.report.failed() {
            let _ = writeln!(accused, "{submission} fails {}:\n{test}", test.name);
        }
    }
    assert!(accused.is_empty(), "{accused}");
}

/// Python, if it is installed, started hundreds of times: itself, as `python3` may be a script that looks for it first, and
/// without what else is installed for it, which takes as long as its own start.
fn python() -> Option<String> {
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| format!("{} -S", program(path.trim())))
}

/// `right_02_pool` is a submission of step 02.
fn step_of(name: &str) -> String {
    let number = &name["right_".len()..][..2];
    rules::steps().into_iter().find(|step| step.starts_with(number)).expect("there is such a step")
}
