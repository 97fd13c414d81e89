//! One thread that asks the system which sockets are ready: epoll on Linux, kqueue on macOS.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

const LISTENER: Token = Token(0);

fn main() -> io::Result<()> {
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().expect("it is an address"))?;
    println!("Server listening on {}...", listener.local_addr()?);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut server = Server { listener, clients: HashMap::new(), last: 0, buffer: vec![0; 64 * 1024] };
    let mut events = Events::with_capacity(1024);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            server.handle(event, poll.registry())?;
        }
    }
}

struct Server {
    listener: TcpListener,
    clients: HashMap<Token, Client>,
    last: usize,
    /// All clients share it: what a client doesn't take at once moves to a buffer of its own.
    buffer: Vec<u8>,
}

struct Client {
    stream: TcpStream,
    unsent: Vec<u8>,
}

impl Server {
    fn handle(&mut self, event: &Event, registry: &Registry) -> io::Result<()> {
        if event.token() == LISTENER {
            return self.accept(registry);
        }
        if let Some(client) = self.clients.get_mut(&event.token())
            && !client.progress(&mut self.buffer).unwrap_or(false)
        {
            self.clients.remove(&event.token());
        }
        Ok(())
    }

    /// Takes in all that wait: the system tells only of the first.
    fn accept(&mut self, registry: &Registry) -> io::Result<()> {
        while let Some((mut stream, _)) = unless_blocked(self.listener.accept())? {
            self.last += 1;
            registry.register(&mut stream, Token(self.last), Interest::READABLE | Interest::WRITABLE)?;
            self.clients.insert(Token(self.last), Client { stream, unsent: Vec::new() });
        }
        Ok(())
    }
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
