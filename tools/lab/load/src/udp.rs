//! Round trips of datagrams: one socket, one datagram on its way. What is lost is not sent again, and counted.

use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use crate::connection::Server;
use crate::failures::{Failure, Failures, compare, patience};
use crate::message::{SMALL, message, stamp};
use crate::outcome::Outcome;
use crate::window::Window;

pub fn run(server: &Server, window: Window) -> Outcome {
    let mut failures = Failures::default();
    let mut count = 0;
    match socket(server.address) {
        Ok(socket) => measure(&socket, window, &mut count, &mut failures),
        Err(error) => failures.note(&Failure::refused(error)),
    }
    Outcome::new(count, &window, 1, failures)
}

fn socket(server: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind((if server.is_ipv4() { "127.0.0.1" } else { "::1" }, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(patience()))?;
    Ok(socket)
}

fn measure(socket: &UdpSocket, window: Window, count: &mut u64, failures: &mut Failures) {
    let mut datagram = message(SMALL);
    for number in 0.. {
        stamp(&mut datagram, number);
        let result = exchange(socket, &datagram);
        let now = Instant::now();
        match result {
            Ok(()) => *count += u64::from(window.has(now)),
            Err(failure) => failures.note(&failure),
        }
        if window.is_over(now) {
            return;
        }
    }
}

fn exchange(socket: &UdpSocket, datagram: &[u8]) -> Result<(), Failure> {
    socket.send(datagram)?;
    let mut buffer = [0; SMALL + 1]; // one more than is right shows what is too long
    let length = socket.recv(&mut buffer)?;
    compare(&buffer[..length], datagram)
}
