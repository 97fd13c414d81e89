//! The log on standard error.

use std::env;
use std::fmt::Display;
use std::net::SocketAddr;

use chrono::Local;
use support::{complain, printable, say};

use super::Fault;

/// Mistakes that leave out the lines which contain these words.
const LEFT_OUT: [(&str, &str); 4] = [
    ("does_not_log_its_start", "Echo server started"),
    ("does_not_log_new_clients", "New client connected"),
    ("does_not_log_idle_clients", "idle timeout"),
    ("does_not_log_a_shortage", "Cannot accept"),
];

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

pub struct Log {
    fault: Fault,
    level: Level,
}

impl Log {
    pub fn new(fault: Fault) -> Self {
        let wanted = env::var("RUST_LOG").unwrap_or_default();
        let level = match wanted.as_str() {
            "error" => Level::Error,
            "warn" => Level::Warn,
            "debug" | "trace" => Level::Debug,
            _ => Level::Info,
        };
        Self { fault, level }
    }

    pub fn error(&self, text: impl Display) {
        self.line(Level::Error, "ERROR", text);
    }

    pub fn warn(&self, text: impl Display) {
        self.line(Level::Warn, "WARN", text);
    }

    pub fn info(&self, text: impl Display) {
        self.line(Level::Info, "INFO", text);
    }

    /// A size, for those who look for an error.
    pub fn debug(&self, text: impl Display) {
        if !self.fault.is("logs_no_sizes") {
            self.line(Level::Debug, "DEBUG", text);
        }
    }

    /// `Received from 127.0.0.1:54321: 'Hello'`, or the like of what was echoed.
    pub fn message(&self, what: &str, peer: SocketAddr, message: &[u8]) {
        if self.level < Level::Info {
            return;
        }
        self.info(format_args!("{what} {peer}: '{}'", self.shown(message)));
    }

    fn shown(&self, message: &[u8]) -> String {
        match self.fault {
            Fault("logs_control_characters") => {
                let text: String = String::from_utf8_lossy(message).trim_end().chars().take(80).collect();
                text
            }
            Fault("logs_all_of_a_long_message") => message.trim_ascii_end().escape_ascii().to_string(),
            _ => printable(message).to_string(),
        }
    }

    fn line(&self, level: Level, name: &str, text: impl Display) {
        let text = text.to_string();
        let left_out = LEFT_OUT.iter().any(|(mistake, words)| self.fault.is(mistake) && text.contains(words));
        let is_wanted =
            level <= self.level || self.fault.is("logs_connections_at_any_level") && level == Level::Info;
        if !is_wanted || left_out {
            return;
        }
        let format = match self.fault {
            Fault("logs_the_time_in_another_format") => "%Y-%m-%dT%H:%M:%S",
            _ => "%Y-%m-%d %H:%M:%S",
        };
        let line = format!("{} - {name} - {text}", Local::now().format(format));
        match self.fault {
            Fault("logs_on_standard_output") => say!("{line}"),
            Fault("panics_when_nobody_reads_the_log") => eprintln!("{line}"),
            _ => complain!("{line}"),
        }
    }
}
