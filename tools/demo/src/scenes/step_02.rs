//! The scene of step 02.

use super::{ALICE, BOB, SERVER};
use crate::scene::{Role, Scene, note, phase};

pub const SCENE: Scene = Scene {
    step: "02_threaded",
    title: "two at a time, and one of them is silent",
    role: Role::TcpServer,
    program: SERVER,
    cast: &[ALICE, SERVER, BOB],
    variables: &[],
    acts: &[
        phase("listen"),
        SERVER.starts(&[]),
        phase("connect"),
        ALICE.connects(),
        SERVER.note("a new thread serves alice, and accept() goes on"),
        ALICE.note("says nothing"),
        BOB.connects(),
        SERVER.note("a second thread serves bob"),
        phase("exchange"),
        BOB.says("Hello\n"),
        BOB.hears("Hello\n"),
        note("alice is silent, and bob doesn't notice: each thread waits for its own client."),
        ALICE.says("Here I am\n"),
        BOB.says("Me too\n"),
        BOB.hears("Me too\n"),
        ALICE.hears("Here I am\n"),
        phase("close"),
        ALICE.resets(),
        SERVER.note("alice's thread reads an error, and ends"),
        BOB.says("What was that?\n"),
        BOB.hears("What was that?\n"),
        BOB.half_closes(),
        BOB.hears_end(),
    ],
};
