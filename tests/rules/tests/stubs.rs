//! A stub is its solution with some of it taken out, and nothing else.

use rules::{Piece, course, files_in, pieces, steps, text};

#[test]
fn a_stub_has_the_files_of_its_solution() {
    for step in steps() {
        let files = |kind: &str| files_in(&course().join(kind).join(&step).join("src"));
        assert_eq!(files("exercises"), files("solutions"), "{step}");
    }
}

#[test]
fn outside_its_todos_a_stub_is_its_solution() {
    for (step, file) in source_files() {
        let stub =
            text(format!("exercises/{step}/{file}")).replace(&format!("ex{step}"), &format!("sol{step}"));
        let solution = text(format!("solutions/{step}/{file}"));
        let mut rest: Vec<&str> = solution.lines().collect();
        let pieces = pieces(&stub).unwrap_or_else(|reason| panic!("exercises/{step}/{file}: {reason}"));
        let mut after_todo = false;
        for piece in pieces {
            let Piece::Given(lines) = piece else {
                after_todo = true;
                continue;
            };
            // Behind a TODO, what the solution has in its place is skipped.
            let reach = if after_todo { rest.len() - lines.len().min(rest.len()) } else { 0 };
            let found = (0..=reach).find(|&start| {
                rest[start..].starts_with(&lines.iter().map(String::as_str).collect::<Vec<_>>())
            });
            let Some(start) = found else {
                panic!(
                    "these lines of exercises/{step}/{file} are not in its solution:\n{}",
                    lines.join("\n")
                );
            };
            rest.drain(..start + lines.len());
        }
        assert!(rest.is_empty(), "solutions/{step}/{file} has more than its stub:\n{}", rest.join("\n"));
    }
}

#[test]
fn the_todos_of_a_step_are_numbered_from_1() {
    for step in steps() {
        let mut numbers: Vec<u32> = Vec::new();
        for (_, file) in source_files().into_iter().filter(|(name, _)| *name == step) {
            let pieces =
                pieces(&text(format!("exercises/{step}/{file}"))).expect("the other test says what is wrong");
            numbers.extend(
                pieces
                    .iter()
                    .filter_map(|piece| if let Piece::Todo(number) = piece { Some(number) } else { None }),
            );
        }
        numbers.sort_unstable();
        let count = u32::try_from(numbers.len()).expect("there are few");
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "{step}");
        assert!(count > 0, "{step} has nothing to do");
    }
}

/// Step and path of every source file of a stub.
fn source_files() -> Vec<(String, String)> {
    let files_of = |step: String| {
        let files = files_in(&course().join("exercises").join(&step).join("src"));
        files
            .into_iter()
            .map(move |file| (step.clone(), format!("src/{}", file.display())))
            .collect::<Vec<_>>()
    };
    steps().into_iter().flat_map(files_of).collect()
}
