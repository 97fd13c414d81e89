//! What pages name exists: the wrong submissions by which the book shows misconceptions, of which instructors find some for each
//! step; and the tests in `tests/README.md`.

use std::path::Path;

use submissions::wrong::STEPS;

/// Here each step has some.
const INSTRUCTORS: &str = "instructors.md";

#[test]
fn mistakes_that_the_book_names_exist() {
    let pages = rules::names_in(&rules::course().join("docs/src"));
    for page in pages.iter().filter(|page| Path::new(page).extension().is_some_and(|kind| kind == "md")) {
        let text = rules::text(format!("docs/src/{page}"));
        // What stands in single backticks is every other piece.
        let codes = text.split('`').skip(1).step_by(2);
        let two_words = codes.filter_map(|code| code.split_once(' ')).filter(|(_, word)| !word.contains(' '));
        let named: Vec<(&str, &str)> = two_words.collect();
        for (step, mistakes, _) in STEPS {
            let mut of_step = named.iter().filter(|(name, _)| name == step).peekable();
            assert!(
                page != INSTRUCTORS || of_step.peek().is_some(),
                "{page} shows no misconception of {step}"
            );
            for (_, name) in of_step {
                let exists = mistakes.iter().any(|mistake| mistake.name == *name);
                assert!(exists, "{page} names `{step} {name}`, and there is no such mistake");
            }
        }
    }
}

#[test]
fn the_tests_that_their_page_names_exist() {
    let page = rules::text("tests/README.md");
    let named =
        page.split('`').skip(1).step_by(2).filter(|code| {
            code.contains('_') && !code.contains(['/', '=']) && code.contains(char::is_lowercase)
        });
    let sources: String = rules::files_in(&rules::course().join("tests"))
        .iter()
        .filter(|file| file.extension().is_some_and(|kind| kind == "rs"))
        .map(|file| rules::text(format!("tests/{}", file.display())))
        .collect();
    for name in named {
        let function = name.rsplit("::").next().unwrap_or(name);
        let exists = ["fn", "mod"].iter().any(|kind| sources.contains(&format!("{kind} {function}")));
        assert!(exists, "tests/README.md names {name}, and there is no such test");
    }
}
