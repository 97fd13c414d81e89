//! The book shows misconceptions by wrong submissions: those that it names exist, and each step has some.

use std::collections::BTreeSet;

use submissions::wrong::STEPS;

const PAGE: &str = "docs/src/instructors.md";

#[test]
fn mistakes_that_the_book_names_exist() {
    let page = rules::text(PAGE);
    // What stands in single backticks is every other piece.
    let named: BTreeSet<(&str, &str)> =
        page.split('`').skip(1).step_by(2).filter_map(|code| code.split_once(' ')).collect();
    for (step, mistakes, _) in STEPS {
        let of_step: Vec<&str> =
            named.iter().filter(|(name, _)| name == step).map(|(_, mistake)| *mistake).collect();
        assert!(!of_step.is_empty(), "{PAGE} shows no misconception of {step}");
        for name in of_step {
            let exists = mistakes.iter().any(|mistake| mistake.name == name);
            assert!(exists, "{PAGE} names `{step} {name}`, and there is no such mistake");
        }
    }
}
