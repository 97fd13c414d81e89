//! What the tests of a step have found, as data. Texts, pages and tables are made from this.

#![allow(missing_docs)] // most names say it all

mod detail;
mod failure;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use detail::Detail;
pub use failure::{Failure, Printed, Stream, Verdict};

use crate::text::plain;

/// What came of the tests of a step: of a run of them all, or of some.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub step: String,
    /// In the order of their names.
    pub tests: Vec<TestReport>,
    /// How long the tests took, without building.
    pub seconds: f64,
    /// Why they could not be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
}

/// What came of one test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TestReport {
    /// As in the code: `together::a_silent_client_is_served`.
    pub name: String,
    pub passed: bool,
    pub seconds: f64,
    /// What the submission did wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What the test said when it gave up for another reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panic: Option<String>,
}

/// What came instead of the tests, so that none of them passes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Obstacle {
    /// "did not build", "not handed in", ...
    pub verdict: String,
    /// What the compiler says, for example.
    pub message: String,
}

impl Report {
    /// Puts the tests into the order of their names.
    pub fn new(step: &str, mut tests: Vec<TestReport>, seconds: f64) -> Self {
        tests.sort_by(|a, b| a.name.cmp(&b.name));
        Self { step: step.to_owned(), tests, seconds, obstacle: None }
    }

    /// No test of it passes, because of `obstacle`.
    pub fn not_run(step: &str, names: &[String], obstacle: Obstacle) -> Self {
        let tests = names.iter().map(|name| TestReport::new(name, false, 0.0)).collect();
        Self { obstacle: Some(obstacle), ..Self::new(step, tests, 0.0) }
    }

    /// How many tests pass.
    pub fn passed(&self) -> usize {
        self.tests.iter().filter(|test| test.passed).count()
    }

    /// The tests that fail.
    pub fn failed(&self) -> impl Iterator<Item = &TestReport> {
        self.tests.iter().filter(|test| !test.passed)
    }

    pub fn all_pass(&self) -> bool {
        self.failed().next().is_none()
    }

    /// "7 of 31 tests pass"
    pub fn summary(&self) -> String {
        format!("{} of {} tests pass", self.passed(), self.tests.len())
    }

    /// What is said of a test in few words: "passed", "silent", ...
    pub fn verdict<'a>(&'a self, test: &'a TestReport) -> &'a str {
        self.obstacle.as_ref().map_or_else(|| test.verdict(), |obstacle| &obstacle.verdict)
    }
}

impl TestReport {
    /// Without a word about it.
    pub fn new(name: &str, passed: bool, seconds: f64) -> Self {
        Self { name: name.to_owned(), passed, seconds, failure: None, panic: None }
    }

    /// The name as a sentence.
    pub fn title(&self) -> String {
        title(&self.name)
    }

    /// "passed", or what went wrong in few words.
    pub fn verdict(&self) -> &'static str {
        match &self.failure {
            _ if self.passed => "passed",
            Some(failure) => failure.verdict.words(),
            None => "no verdict",
        }
    }
}

impl Obstacle {
    pub fn new(verdict: &str, message: impl Into<String>) -> Self {
        Self { verdict: verdict.into(), message: message.into() }
    }
}

/// All that is to say about it.
impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(failure) = &self.failure {
            write!(f, "{failure}")?;
        }
        self.panic
            .iter()
            .flat_map(|panic| panic.lines())
            .try_for_each(|line| writeln!(f, "  {}", plain(line)))
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.verdict)?;
        self.message.lines().try_for_each(|line| writeln!(f, "{}", plain(line)))
    }
}

/// What is written otherwise than a name in the code can be.
const TERMS: [(&str, &str); 5] = [
    ("ctrl c", "Ctrl+C"),
    ("ipv6", "IPv6"),
    ("rfc ", "RFC "),
    ("rust log", "RUST_LOG"),
    ("sigterm", "SIGTERM"),
];

/// `together::a_silent_client_is_served` -> "A silent client is served".
pub fn title(name: &str) -> String {
    let mut words = name.rsplit("::").next().unwrap_or(name).replace('_', " ");
    for (plain, term) in TERMS {
        words = words.replace(plain, term);
    }
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_sentence_of_the_fields_terms() {
        assert_eq!(title("together::a_silent_client_is_served"), "A silent client is served");
        assert_eq!(title("command_line::ipv6_works"), "IPv6 works");
        assert_eq!(title("ctrl_c_ends_in_order"), "Ctrl+C ends in order");
    }

    #[test]
    fn a_report_is_the_same_after_a_trip_through_json() {
        let mut failed = TestReport::new("b", false, 0.5);
        failed.failure = Some(failure::example());
        let panicked =
            TestReport { panic: Some("the machine is too slow".into()), ..TestReport::new("c", false, 1.0) };
        let mut report =
            Report::new("02_threaded", vec![panicked, failed, TestReport::new("a", true, 0.1)], 2.0);
        report.obstacle = Some(Obstacle::new("did not build", "\x1b[31merror"));
        let json = serde_json::to_string(&report).unwrap();
        let read: Report = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        assert_eq!(
            (read.passed(), read.tests[1].verdict(), read.tests[2].verdict()),
            (1, "wrong bytes", "no verdict")
        );
        assert_eq!(read.summary(), "1 of 3 tests pass");
        assert_eq!(read.tests[1].to_string(), report.tests[1].to_string());
    }

    #[test]
    fn nothing_in_a_text_commands_a_terminal() {
        let raw = crate::text::tests::RAW;
        let test = TestReport { panic: Some(raw.into()), ..TestReport::new("a", false, 0.0) };
        for text in [test.to_string(), Obstacle::new("did not build", raw).to_string()] {
            assert_eq!(crate::text::tests::commands(&text), None, "{text}");
        }
    }
}
