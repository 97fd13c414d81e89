//! The steps of the course, for its tools: what each step is, how it is built, and how it is graded.

// A field's name mostly says it, and every error is a sentence for the user.
#![allow(missing_docs, clippy::missing_errors_doc)]

pub mod blocks;
pub mod cargo;
pub mod child;
pub mod exercise;
pub mod facts;
pub mod files;
pub mod generated;
pub mod grading;
pub mod output;
#[cfg(feature = "page")]
pub mod page;
mod step;
pub mod stub;
pub mod tables;

/// What the tests of a step have found.
pub use grader::report;
pub use step::{Step, root};
