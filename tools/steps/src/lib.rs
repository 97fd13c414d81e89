//! The steps of the course, for its tools: what each step is, how it is built, and how it is graded.

pub mod blocks;
pub mod cargo;
pub mod child;
pub mod exercise;
pub mod facts;
pub mod files;
pub mod generated;
pub mod grading;
#[cfg(feature = "page")]
pub mod page;
pub mod report;
mod step;
pub mod stub;
pub mod tables;

pub use step::{Step, root};
