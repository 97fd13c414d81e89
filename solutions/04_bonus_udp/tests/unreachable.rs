//! The end of a server that can't send itself a datagram.

#![cfg(target_os = "linux")]

#[path = "../../03_enhanced/tests/namespace/mod.rs"]
mod namespace;

#[test]
fn a_server_that_cannot_reach_itself_stops() {
    let program = env!("CARGO_BIN_EXE_04_bonus_udp_solution");
    let Some(mut server) = namespace::start(program, "true", "0.0.0.0") else { return };
    assert!(server.first_line.starts_with("Server listening on 0.0.0.0:"), "{}", server.first_line);
    let status = server.terminate().expect("it still runs");
    assert!(status.success(), "{status}");
}
