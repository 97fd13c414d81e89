//! What grading a step has found.

use serde::{Deserialize, Serialize};

/// A graded step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub step: String,
    /// How many criteria are met.
    pub met: usize,
    /// How many are not.
    pub failed: usize,
    /// How long grading took, without building.
    pub seconds: f64,
    pub criteria: Vec<Criterion>,
    /// Why it could not be graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
}

/// What came instead of grading, so that no criterion is met.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Obstacle {
    /// "does not build", "build out of time", "not handed in", ...
    pub verdict: String,
    /// What the compiler says, for example.
    pub message: String,
}

/// A criterion, and whether it is met.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Criterion {
    /// As the test is called: `together::a_silent_client_does_not_hold_up_another`.
    pub name: String,
    /// The same as a sentence.
    pub title: String,
    pub met: bool,
    /// "met", or what went wrong in one of few words: "silent", "wrong bytes", ...
    pub verdict: String,
    pub seconds: f64,
    /// What was expected, what came, the hint, and the end of what the submission printed.
    pub message: String,
    /// What was said, as a sequence diagram.
    pub conversation: String,
}

impl Report {
    /// Puts the criteria into the order of their names.
    pub fn new(step: &str, mut criteria: Vec<Criterion>, seconds: f64) -> Self {
        criteria.sort_by(|a, b| a.name.cmp(&b.name));
        let met = criteria.iter().filter(|criterion| criterion.met).count();
        let failed = criteria.len() - met;
        Self { step: step.to_owned(), met, failed, seconds, criteria, obstacle: None }
    }

    /// No criterion of it is met, because of `obstacle`.
    pub fn not_graded(step: &str, names: &[String], obstacle: Obstacle) -> Self {
        let unmet = |name: &String| Criterion::not_graded(name, &obstacle.verdict, "");
        let report = Self::new(step, names.iter().map(unmet).collect(), 0.0);
        Self { obstacle: Some(obstacle), ..report }
    }

    pub fn is_met(&self) -> bool {
        self.failed == 0
    }

    /// Why it could not be graded, as a text.
    pub fn obstacle_text(&self) -> Option<String> {
        let Obstacle { verdict, message } = self.obstacle.as_ref()?;
        Some(format!("{}: {verdict}\n\n{message}", self.step))
    }

    pub fn not_met(&self) -> impl Iterator<Item = &Criterion> {
        self.criteria.iter().filter(|criterion| !criterion.met)
    }
}

impl Obstacle {
    pub fn new(verdict: &str, message: impl Into<String>) -> Self {
        Self { verdict: verdict.into(), message: message.into() }
    }
}

impl Criterion {
    /// Reads what a test program has printed about one criterion.
    pub fn read(name: &str, succeeded: bool, output: &str, seconds: f64) -> Self {
        let title = title(name);
        if succeeded {
            return Self {
                name: name.into(),
                title,
                met: true,
                verdict: "met".into(),
                seconds,
                ..Self::default()
            };
        }
        let text = section(name, output);
        let (conversation, message) = match text.find("  verdict: ") {
            Some(start) => text.split_at(start),
            None => ("", text),
        };
        let verdict = message.lines().find_map(|line| line.strip_prefix("  verdict: "));
        Self {
            name: name.into(),
            title,
            met: false,
            // A criterion that ends without a verdict has met with something it doesn't know.
            verdict: verdict.unwrap_or("not graded").into(),
            seconds,
            message: without_indent(message),
            conversation: conversation.trim_end().into(),
        }
    }

    /// One that could not be put to the test.
    pub fn not_graded(name: &str, verdict: &str, message: &str) -> Self {
        let (name, title) = (name.to_owned(), title(name));
        Self { name, title, verdict: verdict.into(), message: message.into(), ..Self::default() }
    }

    /// What to think of, if it isn't met.
    pub fn hint(&self) -> Option<&str> {
        self.message.lines().find_map(|line| line.strip_prefix("hint: "))
    }

    /// Conversation and message, as they were printed.
    pub fn text(&self) -> String {
        [&self.conversation, &self.message]
            .map(|text| format!("{text}\n"))
            .join("\n")
            .trim_matches('\n')
            .to_owned()
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

/// What the test program shows of a test that failed.
fn section<'a>(name: &str, output: &'a str) -> &'a str {
    let start = format!("---- {name} stdout ----\n");
    let Some((_, rest)) = output.split_once(&start) else { return output.trim() };
    rest.split("\n\nfailures:\n").next().unwrap_or(rest).trim_end()
}

/// The first line that isn't indented by two blanks stays as it is, and so do all others.
fn without_indent(text: &str) -> String {
    text.lines().map(|line| line.strip_prefix("  ").unwrap_or(line).trim_end()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\nrunning 1 test\ntest a::b_c ... FAILED\n\nfailures:\n\n---- a::b_c stdout ----\n    client   server\n      \
                          |-- x -->|\n\n  verdict: silent\n  expected \"x\"\n  hint: think\n  read more: there\n\n\nfailures:\n    a::b_c\n";

    #[test]
    fn a_title_is_a_sentence_of_the_fields_terms() {
        assert_eq!(title("together::a_silent_client_is_served"), "A silent client is served");
        assert_eq!(title("command_line::ipv6_works"), "IPv6 works");
        assert_eq!(title("ctrl_c_ends_in_order"), "Ctrl+C ends in order");
    }

    #[test]
    fn a_failure_is_taken_apart() {
        let criterion = Criterion::read("a::b_c", false, OUTPUT, 0.5);
        assert_eq!((criterion.title.as_str(), criterion.verdict.as_str()), ("B c", "silent"));
        assert_eq!(criterion.message, "verdict: silent\nexpected \"x\"\nhint: think\nread more: there");
        assert_eq!(criterion.conversation, "    client   server\n      |-- x -->|");
        assert_eq!(criterion.hint(), Some("think"));
    }

    #[test]
    fn what_is_no_report_is_told_as_it_is() {
        let criterion =
            Criterion::read("a", false, "---- a stdout ----\nthread panicked\n\n\nfailures:\n", 0.0);
        assert_eq!(
            (criterion.verdict.as_str(), criterion.message.as_str()),
            ("not graded", "thread panicked")
        );
        let criterion = Criterion::read("a", false, "Error: SUBMISSION can't be graded\n", 0.0);
        assert_eq!(criterion.message, "Error: SUBMISSION can't be graded");
    }
}
