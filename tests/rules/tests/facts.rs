//! What a step.toml says is so.

use std::collections::BTreeSet;

use rules::{course, tests_of, text};
use steps::Step;
use steps::facts::{Facts, OWN, group_of};

/// All steps with their facts.
fn steps() -> Vec<(Step, Facts)> {
    let facts = |step| match Facts::of(&step) {
        Ok(facts) => (step, facts),
        Err(error) => panic!("{error:#}"),
    };
    Step::all().expect("there are solutions").into_iter().map(facts).collect()
}

#[test]
fn pages_have_the_title_of_their_step() {
    let summary = text("docs/src/SUMMARY.md");
    for (step, facts) in steps() {
        let heading = facts.heading(&step);
        for page in [format!("exercises/{step}/README.md"), format!("docs/src/{step}.md")] {
            assert_eq!(text(&page).lines().next(), Some(format!("# {heading}").as_str()), "{page}");
        }
        assert!(summary.contains(&format!("[{heading}]({step}.md)")), "SUMMARY.md doesn't list {heading:?}");
    }
}

#[test]
fn times_are_ranges() {
    for (step, facts) in steps() {
        for [from, to] in [facts.minutes.read, facts.minutes.demo, facts.minutes.exercise] {
            assert!(0 < from && from < to, "{step}: [{from}, {to}] is no range of minutes");
        }
    }
}

#[test]
fn groups_are_those_of_the_tests() {
    for (step, facts) in steps() {
        let tests = tests_of(step.name());
        let groups: BTreeSet<&str> = tests.iter().map(|test| group_of(test)).collect();
        let listed: BTreeSet<&str> = facts.groups.iter().map(String::as_str).collect();
        assert_eq!(
            listed, groups,
            "{step}: step.toml on the left, tests on the right ({OWN:?}: in no module)"
        );
        assert_eq!(listed.len(), facts.groups.len(), "{step}: a group is listed twice");
    }
}

#[test]
fn a_gap_has_a_file_a_task_and_tests() {
    for (step, facts) in steps() {
        assert!(!facts.gaps.is_empty(), "{step} leaves nothing to do");
        let tests = tests_of(step.name());
        for (number, gap) in (1..).zip(&facts.gaps) {
            let todo = format!("{step}, TODO {number}");
            assert!(
                course().join(format!("solutions/{step}/src/{}", gap.file)).is_file(),
                "{todo}: no {}",
                gap.file
            );
            assert!(gap.code.contains("{todo}"), "{todo}: the code has no place for {{todo}}");
            assert!(
                !gap.todo.contains(['"', '{', '\\', '|']),
                "{todo}: {:?} must suit a macro and a table",
                gap.todo
            );
            assert!(gap.task.trim().ends_with('.'), "{todo}: the task is no sentence");
            assert!((1..=4).contains(&gap.tests.len()), "{todo}: 1 to 4 tests should be its own");
            for test in &gap.tests {
                assert!(tests.contains(test), "{todo}: there is no test {test}");
            }
        }
    }
}

#[test]
fn a_gap_has_three_hints() {
    for (step, facts) in steps() {
        for (number, gap) in (1..).zip(&facts.gaps) {
            let todo = format!("{step}, TODO {number}");
            let [first, second, third] = &gap.hints;
            for hint in [first, second, third] {
                assert!(
                    hint.trim().ends_with(['.', '?', '`', ':', '!']),
                    "{todo}: this hint has no end: {hint}"
                );
            }
            let code = "```rust";
            assert!(
                !first.contains(code) && !second.contains(code),
                "{todo}: only the third hint may show code"
            );
        }
    }
}
