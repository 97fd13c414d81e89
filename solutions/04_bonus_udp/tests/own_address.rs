//! Whose datagrams the reference drops, and whose it only might.

#![cfg(target_os = "linux")]

use std::net::{SocketAddr, UdpSocket};

use grader::{Server, Verdict, patience};

grader::step!("04_bonus_udp");

/// Has a datagram echoed to a socket that is bound to `own`.
fn echoes_to(server: &Server, own: SocketAddr) {
    let socket = UdpSocket::bind(own).expect("the address is free");
    socket.set_read_timeout(Some(patience::event())).expect("the time is not 0");
    socket.send_to(b"Hello", server.address()).expect("loopback takes it");
    let mut buffer = [0; 16];
    let echoed = socket.recv_from(&mut buffer).is_ok_and(|(count, _)| &buffer[..count] == b"Hello");
    server.check(echoed, Verdict::Silent, &format!("no echo to {own}")).or_hint("this is not the server");
}

#[test]
fn the_same_port_of_another_address_is_another_sender() {
    let server = submission().address(["127.0.0.1", "0"]).start();
    echoes_to(&server, SocketAddr::new([127, 0, 0, 2].into(), server.address().port()));
}

#[test]
fn another_port_of_the_same_address_is_another_sender() {
    let server = submission().address(["0.0.0.0", "0"]).start();
    echoes_to(&server, SocketAddr::new([127, 0, 0, 1].into(), 0));
}

#[test]
fn a_server_on_every_address_knows_all_of_its_own() {
    let server = submission().address(["0.0.0.0", "0"]).start();
    if grader::forge_datagram(server.address(), server.address(), b"ping").is_err() {
        println!("this needs the rights of root");
        return;
    }
    echoes_to(&server, SocketAddr::new([127, 0, 0, 1].into(), 0));
    server.interrupt();
    server.expect_exit(0).or_hint("Ctrl+C ends it");
    let last = server.stdout().last_line();
    let met = last == "Server stopped: 1 datagrams";
    server.check(met, Verdict::WrongOutput, &last).or_hint("drop what claims to come from the server");
}
