//! Connections per second: connect, one message, its echo, close; then the next.

use crate::connection::Server;
use crate::message::{SMALL, message};
use crate::outcome::Outcome;
use crate::window::Window;

pub fn run(server: &Server, window: &Window) -> Outcome {
    let message = message(SMALL);
    Outcome::of_repeating(window, |number| server.connect(number)?.exchange(&message))
}
