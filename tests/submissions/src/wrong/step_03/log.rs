//! The log on standard error.

use std::env;
use std::fmt::Display;
use std::net::SocketAddr;

use chrono::Local;
use support::{complain, printable, say};

use super::Fault;

/// Mistakes that leave out the lines which contain these words.
const LEFT_OUT: [(&str, &str); 7] = [
    ("start_is_not_logged", "Echo server started"),
    ("waiting_is_not_logged", "Waiting for client connections"),
    ("new_clients_are_not_logged", "New client connected"),
    ("exit_is_not_logged", "requested to exit"),
    ("end_of_a_connection_is_not_logged", "Connection with"),
    ("idle_clients_leave_no_trace", "idle timeout"),
    ("shortage_is_not_logged", "Cannot accept"),
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
            _ if fault.is("rust_log_is_ignored") => Level::Info,
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
        if !self.fault.is("sizes_are_not_logged") {
            self.line(Level::Debug, "DEBUG", text);
        }
    }

    /// `Received from 127.0.0.1:54321: 'Hello'`, or the like of what was echoed.
    pub fn message(&self, what: &str, peer: SocketAddr, message: &[u8]) {
        if self.level < Level::Info {
            return;
        }
        if self.fault.is("only_whole_lines_are_logged_as_echoed") && what == "Echoed to" && !message.ends_with(b"\n") {
            return;
        }
        let shown = self.shown(message);
        if self.fault.is("log_does_not_name_the_client") {
            let (what, _) = what.split_once(' ').unwrap_or_default();
            return self.info(format_args!("{what}: '{shown}'"));
        }
        self.info(format_args!("{what} {peer}: '{shown}'"));
    }

    fn shown(&self, message: &[u8]) -> String {
        match self.fault {
            Fault("log_shows_control_characters") => {
                let text: String = String::from_utf8_lossy(message).trim_end().chars().take(80).collect();
                text
            }
            Fault("long_messages_flood_the_log") => message.trim_ascii_end().escape_ascii().to_string(),
            _ => printable(message).to_string(),
        }
    }

    fn line(&self, level: Level, name: &str, text: impl Display) {
        let text = text.to_string();
        let left_out = LEFT_OUT.iter().any(|(mistake, words)| self.fault.is(mistake) && text.contains(words));
        if level > self.level || left_out {
            return;
        }
        let now = Local::now();
        let line = match self.fault {
            Fault("log_without_the_time") => format!("{name} - {text}"),
            Fault("log_time_in_iso_format") => format!("{} - {name} - {text}", now.format("%Y-%m-%dT%H:%M:%S")),
            _ => format!("{} - {name} - {text}", now.format("%Y-%m-%d %H:%M:%S")),
        };
        match self.fault {
            Fault("log_on_standard_output") => say!("{line}"),
            Fault("panics_when_nobody_reads_the_log") => eprintln!("{line}"),
            _ => complain!("{line}"),
        }
    }
}
