//! The scene of step 04.

use super::{ALICE, BOB, SERVER, YOU};
use crate::scene::{Role, Scene, note, phase};

pub const SCENE: Scene = Scene {
    step: "04_bonus_udp",
    title: "datagrams: no connection, and each stays whole",
    role: Role::UdpServer,
    program: SERVER,
    cast: &[ALICE, BOB, SERVER, YOU],
    variables: &[],
    acts: &[
        phase("bind"),
        SERVER.starts(&[]),
        note("One socket for all: no listen(), no accept(), and nobody connects."),
        phase("exchange"),
        ALICE.says("Hello"),
        SERVER.note("recv_from() tells who has sent it, and send_to() answers there"),
        ALICE.hears("Hello"),
        BOB.says("Hi"),
        BOB.hears("Hi"),
        ALICE.says("two\nlines\n"),
        ALICE.hears("two\nlines\n"),
        note("What is sent as one datagram comes as one, whatever is in it: there are no lines to look for."),
        ALICE.says(""),
        ALICE.note("an empty datagram is a message too, and no end of file"),
        ALICE.hears(""),
        phase("end"),
        note("Nobody says goodbye: there is nothing to close."),
        #[cfg(unix)]
        YOU.presses_ctrl_c(),
        #[cfg(unix)]
        YOU.reads("Server stopped: 4 datagrams"),
        #[cfg(unix)]
        SERVER.ends(),
    ],
};
