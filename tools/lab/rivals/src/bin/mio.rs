//! One thread that asks the kernel which sockets are ready: with epoll on Linux, with kqueue on macOS.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(0);

fn main() -> io::Result<()> {
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().expect("it is an address"))?;
    println!("Server listening on {}...", listener.local_addr()?);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut clients: HashMap<Token, Client> = HashMap::new();
    let mut last = 0;
    let mut buffer = vec![0; 64 * 1024]; // all clients share it
    let mut events = Events::with_capacity(1024);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            let token = event.token();
            if token != LISTENER {
                let client = clients.get_mut(&token);
                if client.is_some_and(|client| !client.progress(&mut buffer).unwrap_or(false)) {
                    clients.remove(&token);
                }
                continue;
            }
            // The kernel reports only the first of those that wait.
            while let Some((mut stream, _)) = unless_blocked(listener.accept())? {
                last += 1;
                let both = Interest::READABLE | Interest::WRITABLE;
                poll.registry().register(&mut stream, Token(last), both)?;
                clients.insert(Token(last), Client { stream, unsent: Vec::new() });
            }
        }
    }
}

struct Client {
    stream: TcpStream,
    /// What the client has not taken yet.
    unsent: Vec<u8>,
}

impl Client {
    /// Reads and writes until the client has no more for now, or doesn't take its echo. Returns false after its last byte.
    fn progress(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        loop {
            while !self.unsent.is_empty() {
                let Some(count) = unless_blocked(self.stream.write(&self.unsent))? else { return Ok(true) };
                self.unsent.drain(..count);
            }
            let Some(count) = unless_blocked(self.stream.read(buffer))? else { return Ok(true) };
            if count == 0 {
                return Ok(false);
            }
            let sent = unless_blocked(self.stream.write(&buffer[..count]))?.unwrap_or(0);
            self.unsent.extend_from_slice(&buffer[sent..count]);
        }
    }
}

fn unless_blocked<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}
