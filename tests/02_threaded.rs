//! The criteria of step 02: those of step 01 about bytes and survival, and many clients at a time.

use std::net::SocketAddr;

use grader::Submission;

grader::step!("02_threaded");

#[path = "shared/bytes.rs"]
mod bytes;
#[path = "shared/command_line.rs"]
mod command_line;
#[cfg(unix)]
#[path = "shared/interrupt.rs"]
mod interrupt;
#[cfg(target_os = "linux")]
#[path = "shared/leaving.rs"]
mod leaving;
#[path = "shared/lines.rs"]
mod lines;
#[path = "shared/nothing_more.rs"]
mod nothing_more;
#[path = "shared/screen.rs"]
mod screen;
#[cfg(target_os = "linux")]
#[path = "shared/shortage.rs"]
mod shortage;
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

/// For criteria that send so much that its output would only take time.
fn quiet() -> Submission {
    submission().options(["--quiet"])
}

/// How this step words its events: with the client's name, as several talk at once.
fn received(peer: SocketAddr) -> String {
    format!("Received from {peer}: ")
}

fn echoed(peer: SocketAddr) -> String {
    format!("Echoed to {peer}: ")
}

fn closed(peer: SocketAddr) -> String {
    format!("Connection closed: {peer}")
}
