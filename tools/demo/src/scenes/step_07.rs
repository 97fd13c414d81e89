//! The scene of step 07.

use super::{ALICE, BOB, SERVER};
use crate::scene::{Role, Scene, note, phase};

pub const SCENE: Scene = Scene {
    step: "07_bonus_rate_limit",
    title: "a token for each message",
    role: Role::TcpServer,
    program: SERVER,
    cast: &[ALICE, SERVER, BOB],
    variables: &[],
    acts: &[
        phase("listen and connect"),
        // A busy machine doesn't take as long from one message of a segment to the next as a token to come back.
        SERVER.starts(&["--rate", "0.25", "--idle-timeout", "3600"]),
        SERVER.note("a bucket for each client: it holds 1 token, and a new one comes after 4 seconds"),
        ALICE.connects(),
        BOB.connects(),
        phase("over the limit"),
        ALICE.says("one\ntwo\n"),
        note("Two messages at once, and one token."),
        ALICE.hears("one\n"),
        ALICE.hears("Rate limit exceeded\n"),
        ALICE.note("is refused, and stays connected"),
        BOB.says("Hello\n"),
        BOB.hears("Hello\n"),
        BOB.note("has a bucket of his own"),
        phase("tokens come back"),
        ALICE.waits(5),
        ALICE.says("three\n"),
        ALICE.hears("three\n"),
        phase("close"),
        ALICE.says("QUIT\n"),
        ALICE.note("this needs no token"),
        ALICE.hears("Goodbye!\n"),
        ALICE.hears_end(),
        BOB.closes(),
    ],
};
