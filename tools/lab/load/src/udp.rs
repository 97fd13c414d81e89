//! Round trips of datagrams: one socket, one datagram on its way. A lost one is not sent again, and counts as a failure.

use std::io::Result;
use std::net::{SocketAddr, UdpSocket};

use crate::connection::Server;
use crate::failures::{compare, patience};
use crate::message::{SMALL, message, stamp};
use crate::outcome::Outcome;
use crate::window::Window;

pub fn run(server: &Server, window: &Window) -> Outcome {
    let mut datagram = message(SMALL);
    let socket = match socket(server.address) {
        Ok(socket) => socket,
        Err(error) => return Outcome::new(0, window, 1, Err(error)),
    };
    Outcome::of_repeating(window, |number| {
        stamp(&mut datagram, number);
        socket.send(&datagram)?;
        let mut buffer = [0; SMALL + 1]; // one more than is right shows what is too long
        let length = socket.recv(&mut buffer)?;
        compare(&buffer[..length], &datagram)
    })
}

fn socket(server: SocketAddr) -> Result<UdpSocket> {
    let socket = UdpSocket::bind((if server.is_ipv4() { "127.0.0.1" } else { "::1" }, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(patience()))?;
    Ok(socket)
}
