//! What a report says about each TODO of an exercise, and which of its tests to look at first.

use std::collections::BTreeSet;

use anyhow::Result;
use steps::facts::{Facts, Gap, group_of};
use steps::report::{Report, TestReport};
use steps::{Step, exercise};

/// The TODOs of a step.
pub struct Todos {
    facts: Facts,
    /// The numbers of those whose `todo!` is still in the student's files.
    open: BTreeSet<usize>,
}

impl Todos {
    pub fn of(step: &Step) -> Result<Self> {
        let open = exercise::open_todos(step).into_iter().map(|(number, _)| number).collect();
        Ok(Self { facts: Facts::of(step)?, open })
    }

    /// The one that a failed test belongs to.
    pub fn of_test(&self, test: &TestReport) -> Option<(usize, &Gap)> {
        let tied = || self.facts.gaps.iter().position(|gap| gap.tests.contains(&test.name));
        let number = self.needed_by(test).or_else(|| tied().map(|place| place + 1))?;
        Some((number, self.facts.gaps.get(number - 1)?))
    }

    /// Whether it may pass as soon as more is written: its TODO is open, or it has none of its own and any TODO is open.
    pub fn waits(&self, test: &TestReport) -> bool {
        self.of_test(test).map_or(!self.open.is_empty(), |(number, _)| self.open.contains(&number))
    }

    /// The open TODO that the program has run into.
    fn needed_by(&self, test: &TestReport) -> Option<usize> {
        let output = test.failure.iter().flat_map(|failure| &failure.output);
        let mut numbers = output.filter_map(|printed| {
            let (_, rest) = printed.line.split_once("not yet implemented: TODO ")?;
            rest.split(':').next()?.parse().ok()
        });
        numbers.find(|number| self.open.contains(number))
    }

    /// The failed tests. The first ones fail because of what is written, in the order of the TODOs and then as they are taught.
    pub fn in_order<'a>(&self, report: &'a Report) -> Vec<&'a TestReport> {
        let mut tests: Vec<&TestReport> = report.failed().collect();
        tests.sort_by_key(|test| {
            let (number, gap) = self.of_test(test).unzip();
            let is_tied = gap.is_some_and(|gap| gap.tests.contains(&test.name));
            (self.waits(test), number.unwrap_or(usize::MAX), !is_tied, self.facts.place(group_of(&test.name)))
        });
        tests
    }

    /// How far each TODO is, in a line.
    pub fn lines(&self, report: &Report) -> Vec<String> {
        let state = |number, gap: &Gap| {
            let own = || report.tests.iter().filter(|test| gap.tests.contains(&test.name));
            let (passed, count) = (own().filter(|test| test.passed).count(), own().count());
            let needed = own().filter(|test| !test.passed).find_map(|test| self.needed_by(test));
            match needed {
                _ if self.open.contains(&number) => "open".into(),
                _ if passed == count => "done".into(),
                None => format!("{passed} of {count} of its tests pass"),
                Some(needed) => format!("{passed} of {count} of its tests pass, the rest need TODO {needed}"),
            }
        };
        let lines = (1..).zip(&self.facts.gaps);
        lines.map(|(number, gap)| format!("TODO {number} {}: {}", gap.todo, state(number, gap))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steps::report::{Failure, Verdict};

    fn failed(name: &str, printed: &str) -> TestReport {
        let failure =
            Failure::new("01_basic_single", Verdict::Silent, "nothing").quoting(&[], &[printed.into()]);
        TestReport { failure: Some(failure), ..TestReport::new(name, false, 0.1) }
    }

    #[test]
    fn what_is_written_comes_before_what_is_open() {
        let step: Step = "1".parse().unwrap();
        let todos = Todos { facts: Facts::of(&step).unwrap(), open: [3].into() };
        let [first, second] = ["screen::each_event_is_a_line_in_order", "bytes::a_line_comes_back"];
        let is_fine = TestReport::new("survival::a_client_that_is_reset_does_not_stop_the_server", true, 0.1);
        let report = Report::new(
            step.name(),
            vec![failed(first, "not yet implemented: TODO 3: read"), failed(second, "oh"), is_fine],
            1.0,
        );
        let order: Vec<&str> = todos.in_order(&report).iter().map(|test| test.name.as_str()).collect();
        assert_eq!(order, [second, first]);
        let lines = todos.lines(&report);
        assert_eq!(lines[1], "TODO 2 serve one client: 1 of 2 of its tests pass, the rest need TODO 3");
        assert_eq!(lines[2], "TODO 3 read what the client sends: open");
        assert_eq!(lines[3], "TODO 4 write it back: 0 of 1 of its tests pass");
    }
}
