//! The tests of a step by their groups, in teaching order.

use std::fmt::Write;

use rules::{steps, tests_of};
use steps::facts::{Facts, group_of};
use steps::report::title;

/// A list for each group. A group that an earlier step has too is only named.
///
/// # Errors
/// There is no such step.
pub fn lists(step: &str) -> Result<String, String> {
    let facts = step.parse().map_err(anyhow::Error::msg).and_then(|step| Facts::of(&step));
    let facts = facts.map_err(|error| format!("{error:#}"))?;
    let mut own = groups(step);
    own.sort_by_key(|(module, _)| facts.place(group_of(module)));
    let (mut lists, mut known) = (String::new(), Vec::new());
    for group in &own {
        let module = group.0.trim_end_matches("::");
        let mut before = steps().into_iter().take_while(|earlier| earlier != step);
        match before.find(|earlier| groups(earlier).contains(group)) {
            Some(earlier) => known.push(format!("**{module}** ({})", &earlier[..2])),
            None => {
                let name = if module.is_empty() { step } else { module };
                let tests: Vec<String> = group.1.iter().map(|test| format!("- {}", title(test))).collect();
                let _ = write!(lists, "\n**{name}**\n\n{}\n", tests.join("\n"));
            }
        }
    }
    if !known.is_empty() {
        let _ = writeln!(lists, "\nAs in the steps before: {}.", known.join(", "));
    }
    Ok(lists)
}

/// The modules of a step's tests, as `bytes::`, each with its tests.
fn groups(step: &str) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for test in tests_of(step) {
        let (module, name) = test.split_at(test.rfind("::").map_or(0, |place| place + 2));
        match groups.iter_mut().find(|(known, _)| known == module) {
            Some((_, tests)) => tests.push(name.to_owned()),
            None => groups.push((module.to_owned(), vec![name.to_owned()])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_step_has_is_only_named() {
        let lists = lists("02_threaded").unwrap();
        assert!(
            lists.starts_with("\n**together**\n\n- A silent client does not hold up another\n"),
            "{lists}"
        );
        assert!(!lists.contains("A line comes back") && lists.contains("**bytes** (01)"), "{lists}");
        // A group of the same name is another.
        assert!(super::lists("08_bonus_binary").unwrap().contains("**together**\n\n"));
        assert!(super::lists("99_nothing").is_err());
    }
}
