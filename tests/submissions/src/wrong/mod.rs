//! Wrong submissions: servers and clients that are correct except for one bug, which is named on the command line.
//!
//! Each is a correct program that asks `it("NAME")` wherever a mistake makes a difference.

use std::ffi::OsString;
use std::sync::OnceLock;

/// A step's table of mistakes, as `MISTAKES`. A row holds a mistake's name, what is wrong, and the tests that fail.
macro_rules! mistakes {
    ($($name:ident: $what:literal => $fails:tt;)*) => {
        pub const MISTAKES: &[Mistake] =
            &[$(Mistake { name: stringify!($name), what: $what, fails: mistakes!(@fails $fails) }),*];
    };
    (@fails [$($test:ident),*]) => { &[$($test),*] };
    (@fails $group:ident) => { $group };
}

/// The names of tests, each with a short one of its own.
macro_rules! tests {
    ($($short:ident = $name:literal)*) => { $(pub const $short: &str = $name;)* };
}

/// Tests that fail together.
macro_rules! groups {
    ($($group:ident = [$($test:ident),*];)*) => { $(pub const $group: &[&str] = &[$($test),*];)* };
}

pub(crate) mod command_line;
mod engine;
mod neighbors;
mod queue;
mod reply;
pub(crate) mod screen;
mod signals;
mod step_01;
mod step_02;
mod step_03;
mod step_04;
mod step_05;
mod step_06;
mod step_07;
mod step_08;
mod step_09;
mod step_10;
mod tests;
pub(crate) mod visit;

/// A deliberate mistake.
#[derive(Clone, Copy, Debug)]
pub struct Mistake {
    /// Its name on the command line of the program `wrong`.
    pub name: &'static str,
    /// What is wrong, in the words that a student would hear.
    pub what: &'static str,
    /// The tests that fail: these and no others.
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

/// Runs a step's program with the words of its command line. It is correct unless [`make`] was called.
pub type Serve = fn(words: Vec<OsString>) -> anyhow::Result<()>;

static MISTAKE: OnceLock<&str> = OnceLock::new();

/// Has this process make a mistake.
pub fn make(mistake: &Mistake) {
    MISTAKE.get_or_init(|| mistake.name);
}

/// Ends the process early.
fn exit(code: i32) -> ! {
    support::flush();
    std::process::exit(code)
}

/// The name of the mistake that this process makes.
fn mistake() -> &'static str {
    MISTAKE.get().copied().unwrap_or_default()
}

/// Whether this process makes that mistake. The names read as sentences: `if it("ignores_the_port")`.
fn it(name: &str) -> bool {
    mistake() == name
}
