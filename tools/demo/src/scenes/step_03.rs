//! The scene of step 03.

use super::{ALICE, AN_HOUR, BOB, SERVER, YOU};
use crate::scene::{Role, Scene, note, phase};

pub const SCENE: Scene = Scene {
    step: "03_enhanced",
    title: "commands, an idle timeout, and an orderly end",
    role: Role::TcpServer,
    program: SERVER,
    cast: &[ALICE, BOB, SERVER, YOU],
    variables: &[],
    acts: &[
        phase("idle timeout"),
        SERVER.starts(&["--idle-timeout", "2"]),
        BOB.connects(),
        BOB.note("says nothing for 2 seconds"),
        BOB.hears_end(),
        BOB.closes(),
        phase("commands"),
        SERVER.starts(AN_HOUR),
        ALICE.connects(),
        ALICE.says("Hello\n"),
        ALICE.hears("Hello\n"),
        ALICE.says("STATS\n"),
        ALICE.hears("Messages received: 1\n"),
        ALICE.says("time\n"),
        ALICE.hears_line("Server time: <time>"),
        ALICE.says("QUIT now\n"),
        ALICE.hears("QUIT now\n"),
        ALICE.note("a command is a whole line: this was a message"),
        ALICE.says("a\nSTATS\nQUIT\n"),
        note("Three messages in one segment: TCP knows no lines. Three answers, in order."),
        ALICE.hears("a\n"),
        ALICE.hears("Messages received: 3\n"),
        ALICE.hears("Goodbye!\n"),
        ALICE.hears_end(),
        #[cfg(unix)]
        phase("shutdown"),
        #[cfg(unix)]
        BOB.connects(),
        #[cfg(unix)]
        BOB.says("Hello\n"),
        #[cfg(unix)]
        BOB.hears("Hello\n"),
        #[cfg(unix)]
        YOU.presses_ctrl_c(),
        #[cfg(unix)]
        SERVER.note("takes no new clients, and closes each connection in order"),
        #[cfg(unix)]
        BOB.hears_end(),
        #[cfg(unix)]
        YOU.reads("Server stopped: 2 connections, 4 messages"),
        #[cfg(unix)]
        SERVER.ends(),
    ],
};
