//! The scene of step 06.

use super::{ALICE, SERVER};
use crate::scene::{Actor, Role, Scene, phase};

const MALLORY: Actor = Actor("mallory");

pub const SCENE: Scene = Scene {
    step: "06_bonus_auth",
    title: "a password, wrong and right",
    role: Role::TcpServer,
    program: SERVER,
    cast: &[ALICE, SERVER, MALLORY],
    variables: &[("ECHO_PASSWORD", "swordfish")],
    acts: &[
        phase("listen and connect"),
        SERVER.starts(&["--auth-timeout", "3600", "--idle-timeout", "3600"]),
        SERVER.note("has the password from its environment: others can read a command line"),
        ALICE.connects(),
        phase("the right password"),
        ALICE.says("Hello\n"),
        ALICE.hears("Authentication required\n"),
        ALICE.says("AUTH swordfsh\n"),
        ALICE.hears("Wrong password\n"),
        ALICE.says("AUTH swordfish\n"),
        ALICE.hears("Authenticated\n"),
        ALICE.says("Hello\n"),
        ALICE.hears("Hello\n"),
        phase("the wrong one"),
        MALLORY.connects(),
        MALLORY.says("AUTH 12345\n"),
        MALLORY.hears("Wrong password\n"),
        MALLORY.says("AUTH letmein\n"),
        MALLORY.hears("Wrong password\n"),
        MALLORY.says("AUTH password\n"),
        MALLORY.hears("Goodbye!\n"),
        MALLORY.hears_end(),
        MALLORY.note("has three tries on a connection"),
        phase("close"),
        ALICE.says("QUIT\n"),
        ALICE.hears("Goodbye!\n"),
        ALICE.hears_end(),
    ],
};
