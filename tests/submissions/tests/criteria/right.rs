//! Right submissions of other designs than the reference pass every test.

use std::fmt::Write;
use std::path::Path;

use crate::grade::{Busy, for_all, grade, program};
use crate::languages;
use rules::{course, names_in};
use submissions::wrong::STEPS;

/// Those of step 02 that are right for step 10 too. Tokio's threads are a few more, but not more with each client.
const IN_ONE_THREAD: [&str; 7] = [
    "right_02_tokio",
    "right_02_asyncio.py",
    "right_02_selectors.py",
    "right_02_pipe.js",
    "right_02_nio",
    "right_02_poll",
    "right_02_epoll",
];

#[test]
fn right_submissions_pass_every_test() {
    let rust = Path::new(env!("CARGO_BIN_EXE_wrong")).parent().expect("it is in a folder");
    let languages = languages::right_submissions();
    let mut all: Vec<(String, String)> =
        languages.into_iter().map(|(name, line)| (step_of(&name), line)).collect();
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
    // Most of what another language takes is its start, hundreds of times.
    let weight = |line: &str| if line.starts_with(&program(&rust.to_string_lossy())) { 1 } else { 6 };
    let graded =
        for_all(&all, |(step, submission)| grade(Busy::with(weight(submission)), step, submission, &[], &[]));
    let mut accused = String::new();
    for ((_, submission), graded) in all.iter().zip(&graded) {
        for test in graded.report.failed() {
            let _ = writeln!(accused, "{submission} fails {}:\n{test}", test.name);
        }
    }
    assert!(accused.is_empty(), "{accused}");
}

/// `right_02_pool` is a submission of step 02.
fn step_of(name: &str) -> String {
    let number = &name["right_".len()..][..2];
    rules::steps().into_iter().find(|step| step.starts_with(number)).expect("there is such a step")
}
