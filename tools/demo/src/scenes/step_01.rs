//! The scene of step 01.

use super::{ALICE, BOB, SERVER};
use crate::scene::{Role, Scene, note, phase};

pub const SCENE: Scene = Scene {
    step: "01_basic_single",
    title: "one client is served, the second waits",
    role: Role::TcpServer,
    program: SERVER,
    cast: &[ALICE, SERVER, BOB],
    variables: &[],
    acts: &[
        phase("listen"),
        SERVER.starts(&[]),
        SERVER.note("bind and listen: from now on the kernel takes connections"),
        phase("connect"),
        ALICE.connects(),
        SERVER.note("accept() returns a socket for alice"),
        phase("exchange"),
        ALICE.says("Hello\n"),
        ALICE.hears("Hello\n"),
        BOB.connects(),
        BOB.note("the kernel accepts, the server doesn't yet: bob is in the backlog"),
        BOB.says("Hi\n"),
        BOB.hears_nothing(),
        SERVER.note("is in read(), and waits for alice"),
        ALICE.says("Still here\n"),
        ALICE.hears("Still here\n"),
        phase("close"),
        ALICE.closes(),
        SERVER.note("read() returns 0: alice has gone. The loop comes to accept() again"),
        BOB.hears("Hi\n"),
        BOB.half_closes(),
        BOB.hears_end(),
        note("One at a time: who comes second waits as long as the first one stays."),
    ],
};
