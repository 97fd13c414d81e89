//! What an expectation returns.

use std::panic;

use crate::found;
use crate::report::Failure;

/// What an expectation returns: its value if it holds, else all there is to say. Nothing is said until
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

    /// What came of it, for a caller that reports it differently than a test does.
    ///
    /// # Errors
    /// The expectation doesn't hold.
    pub fn into_result(self) -> Result<T, Box<Failure>> {
        self.0
    }

    /// The value. If the expectation doesn't hold the test fails here, and prints the failure with this hint: it tells
    /// what to think of, not what to type.
    pub fn or_hint(self, hint: &str) -> T {
        match self.0 {
            Ok(value) => value,
            Err(mut failure) => {
                failure.hint = Some(hint.to_owned());
                found::failure(&failure);
                println!("{failure}");
                // A panic without the panic's own message and backtrace, which are the grader's, not the student's.
                panic::resume_unwind(Box::new("the test has failed"));
            }
        }
    }

    /// Whether the expectation holds, for a test that tries again.
    pub fn is_met(&self) -> bool {
        self.0.is_ok()
    }
}
