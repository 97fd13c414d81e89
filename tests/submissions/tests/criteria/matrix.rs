//! Each wrong submission fails the tests that are meant for its mistake, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::UdpSocket;

use crate::grade::{Busy, Graded, for_all, grade, program};
use submissions::wrong::{Mistake, STEPS};

/// Most of the time goes into waiting for what a wrong submission never sends, so the first look is a short one.
const IMPATIENT: &str = "0.3";

#[test]
fn every_mistake_fails_the_tests_meant_for_it_and_no_others() {
    let wrong = program(env!("CARGO_BIN_EXE_wrong"));
    // The steps are mixed, as the tests of some keep the processor busy and those of others mostly wait.
    let mut all: Vec<(usize, &str, &Mistake)> = STEPS
        .iter()
        .flat_map(|(step, mistakes, _)| {
            let place = move |number| number * 1000 / mistakes.len();
            mistakes.iter().enumerate().map(move |(number, mistake)| (place(number), *step, mistake))
        })
        .collect();
    all.sort_by_key(|(place, ..)| *place);
    // Elsewhere than on Linux nothing might be left of a variation: some tests aren't compiled there.
    let all_variations = std::env::var_os("VARIATIONS").is_some() || !cfg!(target_os = "linux");
    let judge = |busy, step, mistake: &Mistake, patience| {
        let submission = format!("{wrong} {step} {}", mistake.name);
        let mut words = Vec::new();
        if is_variation(step, mistake) && !all_variations {
            words.push("--exact");
            words.extend(mistake.fails);
        }
        let graded = grade(busy, step, &submission, &[("GRADER_PATIENCE", patience)], &words);
        let surprise = surprise(step, mistake, &graded);
        (graded, surprise)
    };
    let judged = for_all(&all, |(_, step, mistake)| {
        let (graded, surprise) = judge(Busy::one(), step, mistake, IMPATIENT);
        if surprise.is_empty() {
            return (graded, surprise);
        }
        // The machine was too busy for little patience, or to tell one that spins. What is said the second time counts.
        io::stdout().write_all(format!("graded again: {surprise}").as_bytes()).expect("as below");
        judge(Busy::alone(), step, mistake, "1")
    });
    let (found, surprises): (Vec<Graded>, String) = judged.into_iter().unzip();
    let mut tables = String::new();
    for (step, ..) in STEPS {
        let graded: Vec<(&Mistake, &Graded)> = all
            .iter()
            .zip(&found)
            .filter(|((_, of_step, _), _)| of_step == step)
            .map(|((.., mistake), graded)| (*mistake, graded))
            .collect();
        tables += &table(step, &graded);
    }
    // Not print!: that is shown only when a test fails.
    io::stdout().write_all(tables.as_bytes()).expect("there is somebody to read the table");
    assert!(surprises.is_empty(), "{surprises}");
}

/// Whether an earlier mistake fails the same tests: it is another of their assertions that finds this one. It is graded by
/// these tests alone, and by all if the environment variable `VARIATIONS` is set.
fn is_variation(step: &str, mistake: &Mistake) -> bool {
    let (_, mistakes, _) = STEPS.iter().find(|(name, ..)| *name == step).expect("it is one of them");
    let mut earlier = mistakes.iter().take_while(|earlier| earlier.name != mistake.name);
    earlier.any(|earlier| earlier.fails == mistake.fails)
}

/// What is not as foreseen about one mistake.
fn surprise(step: &str, mistake: &Mistake, graded: &Graded) -> String {
    let mut text = String::new();
    let failed: BTreeSet<&str> = graded.failed().into_iter().collect();
    let foreseen: BTreeSet<&str> =
        mistake.fails.iter().copied().filter(|name| is_graded(name, graded)).collect();
    for test in graded.report.failed() {
        let name = test.name.as_str();
        if !foreseen.contains(name) {
            let _ = writeln!(text, "{step} {} fails {name}, which is not foreseen:\n{test}", mistake.name);
        }
        if test.failure.as_ref().is_none_or(|failure| failure.hint.is_none()) {
            let _ = writeln!(text, "{step} {} fails {name} without a hint:\n{test}", mistake.name);
        }
    }
    for name in foreseen.difference(&failed) {
        let _ = writeln!(text, "{step} {} passes {name}, which it was to fail", mistake.name);
    }
    text
}

/// Not all tests are compiled on every system, and those about ping-pong need the rights of root.
fn is_graded(name: &str, graded: &Graded) -> bool {
    let is_root =
        || cfg!(target_os = "linux") && (1000..1024).any(|port| UdpSocket::bind(("127.0.0.1", port)).is_ok());
    graded.of(name).is_some() && (!name.starts_with("ping_pong::") || is_root())
}

/// Mistakes down, tests across.
fn table(step: &str, graded: &[(&Mistake, &Graded)]) -> String {
    let tests = graded.iter().flat_map(|(_, graded)| &graded.report.tests);
    let names: BTreeSet<&str> = tests.map(|test| test.name.as_str()).collect();
    let mut text = format!("\n{step}: {} mistakes, {} tests\n\n", graded.len(), names.len());
    for (number, name) in names.iter().enumerate() {
        let _ = writeln!(text, "  {:>2} {name}", number + 1);
    }
    for place in [10, 1] {
        let digits = (1..=names.len()).map(|number| format!(" {}", number / place % 10));
        let _ = write!(text, "\n  {:44}{}", "", digits.collect::<String>());
    }
    for (mistake, graded) in graded {
        let marks = names.iter().map(|name| match graded.of(name).map(|test| test.passed) {
            Some(true) => " .",
            Some(false) => " x",
            None => "  ",
        });
        let _ = write!(text, "\n  {:44}{}", mistake.name, marks.collect::<String>());
    }
    text + "\n"
}

/// A criterion that never is the only one to speak up must say why it exists: "It exists because ..." in the comment
/// above it.
#[test]
fn every_criterion_is_needed() {
    let mut needless = Vec::new();
    let alone: BTreeSet<&str> = STEPS
        .iter()
        .flat_map(|(_, mistakes, _)| mistakes.iter())
        .filter_map(|mistake| <[_; 1]>::try_from(mistake.fails).ok())
        .map(|[only]| only)
        .collect();
    // Steps share tests.
    let criteria: BTreeMap<String, String> =
        rules::steps().iter().flat_map(|step| rules::commented_tests_of(step)).collect();
    // The page that says which test checks which sentence of the contract.
    let contract = rules::text("tests/README.md");
    for (criterion, comment) in &criteria {
        let has_reason =
            comment.contains("It exists because") || contract.contains(&format!("`{criterion}`"));
        if !alone.contains(criterion.as_str()) && !has_reason {
            needless.push(criterion);
        }
    }
    assert!(
        needless.is_empty(),
        "no mistake is caught by these alone, tests/README.md names no sentence for them, and none says why it exists: {needless:#?}"
    );
}

#[test]
fn every_mistake_has_a_name_and_is_seen() {
    for (step, mistakes, _) in STEPS {
        let names: BTreeSet<&str> = mistakes.iter().map(|mistake| mistake.name).collect();
        assert_eq!(names.len(), mistakes.len(), "{step}: a name stands for two mistakes");
        for mistake in *mistakes {
            assert!(!mistake.fails.is_empty(), "{step} {} is wrong, and no criterion sees it", mistake.name);
        }
    }
}
