//! The reference serves also who doesn't read what it prints. The contract asks that of no step, so this is no criterion.

#![cfg(unix)]

grader::step!("02_threaded");

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
