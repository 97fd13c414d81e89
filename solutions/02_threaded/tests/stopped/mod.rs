//! A screen that takes nothing, for the steps from 02 on.

use crate::submission;

#[test]
fn a_stopped_screen_stops_nobody() {
    let server = submission().on_a_stopped_screen().start();
    let mut client = server.connect("client");
    let message = "x".repeat(63) + "\n";
    for _ in 0..1000 {
        client.send(&message);
        client.expect(&message).or_hint("print in another thread");
    }
}
