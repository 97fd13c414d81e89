//! The criteria of step 10: those of step 02, and what one thread for all clients has to see to.

use std::net::SocketAddr;

use grader::Submission;

grader::step!("10_event_loop");

#[path = "shared/bytes.rs"]
mod bytes;
#[path = "shared/command_line.rs"]
mod command_line;
#[path = "event_loop/crowd.rs"]
mod crowd;
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
#[path = "event_loop/readiness.rs"]
mod readiness;
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

/// How this step words its events: as step 02.
fn received(peer: SocketAddr) -> String {
    format!("Received from {peer}: ")
}

fn echoed(peer: SocketAddr) -> String {
    format!("Echoed to {peer}: ")
}

fn closed(peer: SocketAddr) -> String {
    format!("Connection closed: {peer}")
}
