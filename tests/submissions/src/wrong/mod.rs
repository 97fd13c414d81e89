//! Wrong submissions: servers and clients that are right but for one mistake, which is named on the command line.

mod common;
mod engine;
pub mod step_01;
pub mod step_02;
pub mod step_03;
pub mod step_04;
pub mod step_05;
pub mod step_06;
pub mod step_07;
pub mod step_08;
pub mod step_09;
pub mod step_10;

/// A deliberate mistake.
#[derive(Clone, Copy, Debug)]
pub struct Mistake {
    /// What it is called on the command line of the program `wrong`.
    pub name: &'static str,
    /// What is wrong, as one would tell the student.
    pub what: &'static str,
    /// The criteria that it fails to meet: these and no others.
    pub fails: &'static [&'static str],
}

/// The steps that have wrong submissions: name, mistakes, and the program that makes them.
pub const STEPS: &[(&str, &[Mistake], Serve)] = &[
    ("01_basic_single", step_01::MISTAKES, step_01::serve),
    ("02_threaded", step_02::MISTAKES, step_02::serve),
    ("03_enhanced", step_03::MISTAKES, step_03::serve),
    ("04_bonus_udp", step_04::MISTAKES, step_04::serve),
    ("05_bonus_history", step_05::MISTAKES, step_05::serve),
    ("06_bonus_auth", step_06::MISTAKES, step_06::serve),
    ("07_bonus_rate_limit", step_07::MISTAKES, step_07::serve),
    ("08_bonus_binary", step_08::MISTAKES, step_08::serve),
    ("09_client", step_09::MISTAKES, step_09::serve),
    ("10_event_loop", step_10::MISTAKES, step_10::serve),
];

/// Runs a submission with the mistake of this name. It takes the step's own command line from `words`.
pub type Serve = fn(mistake: &'static str, words: Vec<std::ffi::OsString>) -> anyhow::Result<()>;
