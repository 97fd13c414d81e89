//! The shutdown of a server that can't connect to itself.

#![cfg(target_os = "linux")]

mod namespace;

const PROGRAM: &str = env!("CARGO_BIN_EXE_03_enhanced_solution");

#[test]
fn a_server_that_cannot_reach_itself_shuts_down() {
    namespace::shuts_down(PROGRAM, "true", "0.0.0.0", "0.0.0.0");
}

#[test]
fn a_link_local_address_keeps_its_interface() {
    let prepare = "ip link add d0 type veth peer name d1 && ip link set d0 up && ip link set d1 up \
                   && ip -6 addr add fe80::1/64 dev d0 nodad";
    namespace::shuts_down(PROGRAM, prepare, "fe80::1%d0", "[fe80::1%d0]");
}
