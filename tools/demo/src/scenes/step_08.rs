//! The scene of step 08.

use super::{ALICE, BOB, SERVER};
use crate::scene::{Role, Scene, note, phase};

pub const SCENE: Scene = Scene {
    step: "08_bonus_binary",
    title: "frames: the length first",
    role: Role::TcpServer,
    program: SERVER,
    cast: &[ALICE, SERVER, BOB],
    variables: &[],
    acts: &[
        phase("listen and connect"),
        SERVER.starts(&["--max-frame", "1000", "--idle-timeout", "3600"]),
        ALICE.connects(),
        phase("frames"),
        note("4 bytes tell how many will follow, the highest first. So a frame may hold anything."),
        ALICE.says_frame("Hello"),
        ALICE.hears_frame("Hello"),
        ALICE.says_frame("two\nlines\n"),
        ALICE.hears_frame("two\nlines\n"),
        ALICE.says_frame(""),
        ALICE.note("a frame of 0 bytes: its header is all"),
        ALICE.hears_frame(""),
        ALICE.promises(8, "echo"),
        ALICE.hears_nothing(),
        SERVER.note("8 bytes are promised, 4 have come: it waits for the others"),
        ALICE.says("echo"),
        ALICE.hears_frame("echoecho"),
        phase("a frame that is too long"),
        BOB.connects(),
        BOB.promises(u32::MAX, ""),
        SERVER.note(
            "4,294,967,295 bytes are promised, and 1,000 allowed: it reserves no memory, logs it, and closes",
        ),
        BOB.hears_end(),
        phase("close"),
        ALICE.says_frame("Still here"),
        ALICE.hears_frame("Still here"),
        ALICE.half_closes(),
        ALICE.hears_end(),
    ],
};
