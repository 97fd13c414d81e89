//! The log: one line per event on standard error, `2024-01-15 10:30:45 - INFO - Waiting for client connections...`.

use std::io::Write;

use chrono::{Local, SubsecRound};
use env_logger::{Builder, Env, Target};
use support::NotesOnStderr;

/// Prints what `log::info!` and its like are given on standard error. `RUST_LOG` sets the level (default `info`).
pub fn init() {
    // TODO 1: Make a Builder that takes the level from RUST_LOG, or `info` if that is unset: see
    // env_logger::Env. Give it the format that the task shows: record.level() and record.args() are
    // the rest of the line. Its target is a Pipe to NotesOnStderr, so no client waits for the
    // screen. Then init() it.
    todo!("TODO 1: set up the log");
}
