//! The end of a server that can't send itself a datagram.

#![cfg(target_os = "linux")]

#[path = "../../03_enhanced/tests/namespace/mod.rs"]
mod namespace;

#[test]
fn a_server_that_cannot_reach_itself_stops() {
    namespace::shuts_down(env!("CARGO_BIN_EXE_04_bonus_udp_solution"), "true", "0.0.0.0", "0.0.0.0");
}
