//! The log, with the mistakes that can be made in it.

use std::env;
use std::fmt::Display;

use ::log::{Level, LevelFilter, Log, Metadata, Record};
use anyhow::Result;
use chrono::Local;
use support::{complain, printable, say};

use crate::wrong::{it, mistake};

/// Mistakes that leave out the lines that contain these words.
const LEFT_OUT: [(&str, &str); 5] = [
    ("does_not_log_its_start", "Echo server started"),
    ("does_not_log_new_clients", "New client connected"),
    ("does_not_log_idle_clients", "idle timeout"),
    ("does_not_log_a_shortage", "Cannot accept"),
    ("logs_no_sizes", " bytes "),
];

/// Writes lines of this level and above.
struct Lines(LevelFilter);

/// Sends the log to standard error. `RUST_LOG` sets the level.
pub fn start() -> Result<()> {
    let level = env::var("RUST_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::Info);
    let extra = if it("logs_connections_at_any_level") { LevelFilter::Info } else { level };
    ::log::set_max_level(level.max(extra));
    ::log::set_boxed_logger(Box::new(Lines(level)))?;
    Ok(())
}

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= ::log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        let (level, text) = (record.level(), record.args().to_string());
        let is_left_out = |(name, words): &(&str, &str)| it(name) && text.contains(words);
        if level > self.0 && text.contains(": '") || LEFT_OUT.iter().any(is_left_out) {
            return;
        }
        let format = match mistake() {
            "logs_the_time_in_another_format" => "%Y-%m-%dT%H:%M:%S",
            _ => "%Y-%m-%d %H:%M:%S",
        };
        let line = format!("{} - {level} - {text}", Local::now().format(format));
        match mistake() {
            "logs_on_standard_output" => say!("{line}"),
            "panics_when_nobody_reads_the_log" => eprintln!("{line}"),
            _ => complain!("{line}"),
        }
    }

    fn flush(&self) {}
}

/// Logs what was received, or echoed: `Received from 127.0.0.1:54321: 'Hello'`.
pub fn message(what: impl Display, bytes: &[u8]) {
    if ::log::log_enabled!(Level::Info) {
        ::log::info!("{what}: '{}'", shown(bytes));
    }
}

/// A message, made harmless.
fn shown(bytes: &[u8]) -> String {
    match mistake() {
        "logs_control_characters" => String::from_utf8_lossy(bytes).trim_end().chars().take(80).collect(),
        "logs_all_of_a_long_message" => bytes.trim_ascii_end().escape_ascii().to_string(),
        _ => printable(bytes).to_string(),
    }
}
