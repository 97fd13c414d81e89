//! The scene of step 09.

use super::{CLIENT, SERVER, YOU};
use crate::scene::{Role, Scene, note, phase};

pub const SCENE: Scene = Scene {
    step: "09_client",
    title: "a client that listens while it speaks",
    role: Role::Client,
    program: CLIENT,
    cast: &[YOU, CLIENT, SERVER],
    variables: &[],
    acts: &[
        phase("connect"),
        CLIENT.starts(&["interactive"]),
        SERVER.accepts(),
        YOU.reads("Connected to server at <address>"),
        phase("exchange"),
        YOU.types("Hello"),
        SERVER.hears("Hello\n"),
        SERVER.says("Hello\n"),
        YOU.reads("Server: Hello"),
        note("Nobody types now. One thread waits for the keyboard, another for the server."),
        SERVER.says("Lunch is ready\n"),
        YOU.reads("Server: Lunch is ready"),
        phase("the user leaves"),
        YOU.types("exit"),
        // The client doesn't wait for the last words for long.
        SERVER.hears("exit\n").at_once(),
        SERVER.says("Goodbye!\n").at_once(),
        SERVER.closes().at_once(),
        YOU.reads("Server: Goodbye!"),
        YOU.reads("Disconnected from server"),
        CLIENT.ends(),
        phase("the server leaves"),
        CLIENT.starts(&["interactive"]),
        SERVER.accepts(),
        SERVER.closes(),
        CLIENT.note("the listening thread reads the end of file, whatever the keyboard does"),
        YOU.reads("Server closed the connection"),
        CLIENT.ends(),
    ],
};
