//! The tests of step 03: those of step 02 except those about the screen, and messages, commands, a log, an idle timeout and a
//! clean shutdown.

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

#[test]
fn words_of_later_steps_are_messages() {
    let server = submission().start();
    let mut client = server.connect("client");
    for message in ["HISTORY\n", "AUTH swordfish\n", "HELP\n"] {
        client.send(message);
        client.expect(message).or_hint(
            "A line that is a command in a later step wasn't echoed. In this step only QUIT, EXIT, STATS and TIME have a meaning",
        );
    }
}

/// A thread that starts may need a descriptor for a moment, and so end a shortage, and begin another.
#[cfg(target_os = "linux")]
#[test]
fn a_shortage_of_descriptors_is_logged_once() {
    use std::time::Duration;

    use grader::{Verdict, patience};

    const FEW: usize = 4;
    let server = shortage::ready();
    let complaints = || {
        let lines = server.stderr().lines();
        lines.iter().filter(|line| line.contains(" - WARN - ") || line.contains(" - ERROR - ")).count()
    };
    server.while_out_of_descriptors(|| {
        let _clients = [1, 2].map(|number| server.connect(&format!("client {number}")));
        let detail = "no descriptor is free for a client, and no line of level WARN or ERROR says so";
        server.check(patience::eventually(|| complaints() > 0), Verdict::WrongOutput, detail).or_hint(
            "Accept fails when no descriptor is free, and the log says nothing of it. Log the error",
        );
        std::thread::sleep(Duration::from_secs(2));
    });
    let count = complaints();
    let detail = format!("in one shortage of 2 s there were {count} lines about it");
    server.check(count <= FEW, Verdict::WrongOutput, &detail).or_hint(
        "The log repeats the same error again and again while descriptors are short. Log it once, until a client is accepted again",
    );
    shortage::serves_again(&server);
}
