//! The scene of step 10.

use super::{ALICE, BOB, SERVER};
use crate::scene::{Role, Scene, note, phase};

pub const SCENE: Scene = Scene {
    step: "10_event_loop",
    title: "two at a time, and one thread",
    role: Role::TcpServer,
    program: SERVER,
    cast: &[ALICE, SERVER, BOB],
    variables: &[],
    acts: &[
        phase("listen"),
        SERVER.starts(&[]),
        phase("connect"),
        ALICE.connects(),
        SERVER.note("the listener is ready: accept() and register alice"),
        BOB.connects(),
        SERVER.note("the listener is ready: accept() and register bob"),
        phase("exchange"),
        BOB.says("Hello\n"),
        SERVER.note("bob is ready: read() and write()"),
        BOB.hears("Hello\n"),
        note("the thread waits in poll() for both, and for whoever connects."),
        ALICE.says("Here I am\n"),
        ALICE.hears("Here I am\n"),
        phase("close"),
        BOB.resets(),
        SERVER.note("bob is ready: read() returns an error"),
        ALICE.says("What was that?\n"),
        ALICE.hears("What was that?\n"),
        ALICE.half_closes(),
        ALICE.hears_end(),
    ],
};
