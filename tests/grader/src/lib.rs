//! The library under the criteria. It starts a submission in a process group of its own, talks to it as its clients
//! would, records what was said, and when a criterion isn't met draws the conversation with a verdict and a hint.
//!
//! A criterion is a plain `#[test]` that reads as a script:
//!
//! ```no_run
//! grader::step!("02_threaded");
//!
//! # fn main() {
//! let server = submission().start();
//! let _silent = server.connect("silent");
//! let mut talker = server.connect("talker");
//! talker.send("Hello\n");
//! talker.expect("Hello\n").or_hint("give each client a thread");
//! # }
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`Submission`] | what is graded, and how it is started |
//! | [`Run`], [`Server`] | a submission that runs: its input and output, its end; one that listens: its clients |
//! | [`Client`], [`Datagrams`] | the two ends of a conversation over TCP and UDP |
//! | [`Pour`] | a long stream that a client sends while it does something else |
//! | [`Peer`], [`reference()`] | what a submission that is a client talks to |
//! | [`Check`], [`Verdict`] | what an expectation returns, and what is said when it isn't met |
//! | [`Report`], [`report`] | what the tests of a run found, as data, written where `GRADER_REPORT` says |
//! | [`diagram`] | a conversation as data, as text, and as Mermaid |
//! | [`process`] | a process that ends with all that it has started |
//! | [`patience`] | all deadlines |

mod capture;
mod check;
mod client;
mod conversation;
mod datagrams;
pub mod diagram;
mod excerpt;
mod found;
mod machine;
mod noise;
pub mod patience;
mod peer;
mod pour;
pub mod process;
mod program;
mod reference;
pub mod report;
mod resources;
mod server;
mod submission;
#[cfg(all(unix, feature = "terminal"))]
mod terminal;
pub mod text;

pub use check::Check;
pub use client::Client;
pub use datagrams::Datagrams;
#[cfg(target_os = "linux")]
pub use datagrams::forge_datagram;
pub use excerpt::{Content, quote};
pub use found::{REPORT, ReportFile, write_whole};
#[cfg(target_os = "linux")]
pub use machine::sparse_file;
pub use machine::{can_bind, crowd, free_port, turn};
pub use noise::noise;
pub use peer::Peer;
pub use pour::Pour;
pub use process::{before_ctrl_c, end_all};
pub use reference::{program as course_program, reference, solution};
pub use report::{Failure, Report, Verdict};
pub use server::{Run, Server, Stream};
pub use submission::{Finished, Submission};
#[cfg(all(unix, feature = "terminal"))]
pub use terminal::Seat;

/// Names the step whose criteria a file holds, and defines `submission()`: the exercise or the solution that the file
/// is compiled with, or the command line in the environment variable `SUBMISSION`. A second argument prepares it:
/// `grader::step!("07_bonus_rate_limit", |submission| submission.options(["--rate", "1000"]))`.
#[macro_export]
macro_rules! step {
    ($step:literal) => {
        $crate::step!($step, |submission| submission);
    };
    ($step:literal, $prepare:expr) => {
        fn submission() -> $crate::Submission {
            let prepare: fn($crate::Submission) -> $crate::Submission = $prepare;
            let exercise = option_env!(concat!("CARGO_BIN_EXE_", $step));
            let solution = option_env!(concat!("CARGO_BIN_EXE_", $step, "_solution"));
            prepare($crate::Submission::of_step($step, exercise.or(solution)))
        }
    };
}
