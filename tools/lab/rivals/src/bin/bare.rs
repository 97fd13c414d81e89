//! The measure of all: a blocking loop around read and write, and nothing else. With the word `udp`, for datagrams.

use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;

fn main() -> io::Result<()> {
    if env::args().any(|word| word == "udp") { datagrams() } else { connections() }
}

fn connections() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("Server listening on {}...", listener.local_addr()?);
    loop {
        let (client, _) = listener.accept()?;
        thread::spawn(move || echo(client));
    }
}

fn echo(mut client: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..count])?;
    }
}

fn datagrams() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    println!("Server listening on {}...", socket.local_addr()?);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let (count, sender) = socket.recv_from(&mut buffer)?;
        socket.send_to(&buffer[..count], sender)?;
    }
}
