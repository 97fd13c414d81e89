//! The steps of the course, for its tools: what each step is, how it is built, and how it is graded.

// A field's name mostly says it, and every error is a sentence for the user.
#![allow(missing_docs, clippy::missing_errors_doc)]

pub mod cargo;
pub mod child;
pub mod files;
pub mod grading;
#[cfg(feature = "page")]
pub mod page;
mod step;

/// What the tests of a step have found.
pub use grader::report;
pub use step::{Step, root};
