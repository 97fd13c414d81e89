//! What is said when a criterion isn't met.

use std::fmt::{self, Write};
use std::panic;

/// What went wrong, in one of few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The program can't be started.
    DidNotBuild,
    /// The process ended, or ended otherwise than it should.
    Exited,
    /// Its first line never came, or nobody listens at the port that the line names.
    NeverListened,
    /// It closed or reset a connection on which more was to come.
    Closed,
    /// The connection is open, and nothing comes.
    Silent,
    /// What came isn't what was expected.
    WrongBytes,
    /// What it printed isn't what was expected.
    WrongOutput,
    /// It didn't end in time.
    Late,
    /// It ended, and something that it had started did not.
    LeftAProcess,
    /// It used more memory, threads, descriptors or processor time than it may.
    OutOfBounds,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DidNotBuild => "did not build",
            Self::Exited => "exited",
            Self::NeverListened => "never listened",
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::WrongBytes => "wrong bytes",
            Self::WrongOutput => "wrong output",
            Self::Late => "late",
            Self::LeftAProcess => "left a process",
            Self::OutOfBounds => "out of bounds",
        })
    }
}

/// An expectation that wasn't met.
#[derive(Debug)]
pub struct Failure {
    /// The step whose chapter helps.
    pub step: String,
    /// What went wrong.
    pub verdict: Verdict,
    /// What was expected and what came instead.
    pub detail: String,
    /// The picture of what was said.
    pub conversation: String,
    /// The last lines that the submission printed.
    pub output: String,
}

impl Failure {
    fn report(&self, hint: &str) -> String {
        let mut text = String::new();
        if !self.conversation.is_empty() {
            let _ = writeln!(text, "{}", self.conversation);
        }
        let _ = writeln!(text, "  verdict: {}", self.verdict);
        for line in self.detail.lines() {
            let _ = writeln!(text, "  {line}");
        }
        let _ = writeln!(text, "  hint: {hint}");
        let _ = writeln!(text, "  read more: docs/src/{}.md", self.step);
        if !self.output.is_empty() {
            let _ = writeln!(text, "\n  the end of what the submission printed:");
            for line in self.output.lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
        text
    }
}

/// What an expectation returns: its value if it was met, else all there is to say. Nothing is said until
/// [`Check::or_hint`].
#[must_use = "an expectation accuses nobody until `.or_hint(\"...\")`"]
#[derive(Debug)]
pub struct Check<T = ()>(Result<T, Box<Failure>>);

impl<T> From<Result<T, Box<Failure>>> for Check<T> {
    fn from(result: Result<T, Box<Failure>>) -> Self {
        Self(result)
    }
}

impl<T> Check<T> {
    pub(crate) fn met(value: T) -> Self {
        Self(Ok(value))
    }

    pub(crate) fn failed(failure: Failure) -> Self {
        Self(Err(Box::new(failure)))
    }

    /// What came of it, for a caller that tells it otherwise than a criterion does.
    ///
    /// # Errors
    /// The expectation wasn't met.
    pub fn into_result(self) -> Result<T, Box<Failure>> {
        self.0
    }

    /// The value. If the expectation wasn't met the criterion ends here, and prints the report with this hint: it
    /// tells what to think of, not what to type.
    pub fn or_hint(self, hint: &str) -> T {
        match self.0 {
            Ok(value) => value,
            Err(failure) => {
                println!("{}", failure.report(hint));
                // A panic without the panic's own message and backtrace, which are the grader's, not the student's.
                panic::resume_unwind(Box::new(failure.verdict));
            }
        }
    }

    /// Whether the expectation was met, for a criterion that tries again.
    pub fn is_met(&self) -> bool {
        self.0.is_ok()
    }
}
