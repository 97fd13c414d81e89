//! The log: one line per event on standard error, `2024-01-15 10:30:45 - INFO - Waiting for client connections...`.

use std::io::Write;

use chrono::{Local, SubsecRound};
use env_logger::{Builder, Env, Target};
use support::NotesOnStderr;

/// Prints what `log::info!` and its like are given on standard error. `RUST_LOG` sets the level (default `info`).
pub fn init() {
    Builder::from_env(Env::default().default_filter_or("info"))
        .format(|line, record| {
            // Display takes less time than format(), which would parse its pattern for each line.
            let now = Local::now().naive_local().trunc_subsecs(0);
            writeln!(line, "{now} - {} - {}", record.level(), record.args())
        })
        .target(Target::Pipe(Box::new(NotesOnStderr))) // no client waits for the screen
        .init();
}
