//! The criteria of step 03: those of step 02 but for the screen, and messages, commands, a log, an idle timeout and an
//! orderly end.

use grader::Submission;

grader::step!("03_enhanced");

#[path = "shared/bytes.rs"]
mod bytes;
#[path = "shared/command_line.rs"]
mod command_line;
#[path = "shared/commands.rs"]
mod commands;
#[path = "shared/idle.rs"]
mod idle;
#[cfg(target_os = "linux")]
#[path = "shared/leaving.rs"]
mod leaving;
#[path = "shared/log.rs"]
mod log;
#[path = "shared/messages.rs"]
mod messages;
#[cfg(target_os = "linux")]
#[path = "shared/shortage.rs"]
mod shortage;
#[cfg(unix)]
#[path = "shared/shutdown.rs"]
mod shutdown;
#[path = "shared/survival.rs"]
mod survival;
#[path = "shared/tcp.rs"]
mod tcp;
#[path = "shared/together.rs"]
mod together;
#[cfg(target_os = "linux")]
#[path = "shared/waiting.rs"]
mod waiting;

use tcp::{greet, occupy};

/// For criteria that send so much that its log would only take time.
fn quiet() -> Submission {
    submission().variable("RUST_LOG", "warn")
}
