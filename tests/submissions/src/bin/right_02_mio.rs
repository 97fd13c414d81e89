//! Step 02 in one thread, which asks the system which sockets are ready. A client is either read from or written to:
//! while it owes taking its echo, nothing more is read from it.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, anyhow};
use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};
use support::{Args, complain, printable, say};

const LISTENER: Token = Token(0);

/// How long to wait for the system to have file descriptors again.
const PAUSE: Duration = Duration::from_millis(100);

fn main() -> Result<()> {
    let mut args = Args::new("Echoes every byte back, to any number of clients at a time.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    let mut listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    support::announce(&address, listener.local_addr()?);

    let mut server = Server { listener, quiet, clients: HashMap::new(), last: LISTENER.0, short: false };
    let mut events = Events::with_capacity(256);
    loop {
        match poll.poll(&mut events, server.short.then_some(PAUSE)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        if server.short {
            server.accept(poll.registry());
        }
        for event in &events {
            server.handle(event, poll.registry());
        }
    }
}

struct Server {
    listener: TcpListener,
    quiet: bool,
    clients: HashMap<Token, Client>,
    /// The token of the client that came last. None is used again.
    last: usize,
    /// The last attempt to accept failed. The system won't tell when the next would succeed.
    short: bool,
}

impl Server {
    fn handle(&mut self, event: &Event, registry: &Registry) {
        let token = event.token();
        if token == LISTENER {
            self.accept(registry);
        } else if let Some(client) = self.clients.get_mut(&token) {
            let open = client
                .progress(self.quiet)
                .and_then(|open| client.register_again(registry, token).map(|()| open));
            if !open.unwrap_or_else(|error| client.lost(&error)) {
                say!("Connection closed: {}", client.peer);
                self.clients.remove(&token);
            }
        }
    }

    /// Takes in all that wait: the system tells only of the first.
    fn accept(&mut self, registry: &Registry) {
        loop {
            match self.listener.accept() {
                Ok((stream, peer)) => self.admit(Client { stream, peer, unsent: Vec::new() }, registry),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    if !self.short {
                        complain!("Cannot accept a client: {error}");
                    }
                    self.short = true;
                    return;
                }
            }
        }
        self.short = false;
    }

    fn admit(&mut self, mut client: Client, registry: &Registry) {
        self.last += 1;
        say!("Connection from {}", client.peer);
        match registry.register(&mut client.stream, Token(self.last), Interest::READABLE) {
            Ok(()) => drop(self.clients.insert(Token(self.last), client)),
            Err(error) => complain!("Cannot watch {}: {error}", client.peer),
        }
    }
}

struct Client {
    stream: TcpStream,
    peer: SocketAddr,
    /// What it sent and has not taken back.
    unsent: Vec<u8>,
}

impl Client {
    /// Reads once if nothing is owed, and writes what can be written: once, so that others have their turn. Returns
    /// false when the client has sent its last byte.
    fn progress(&mut self, quiet: bool) -> io::Result<bool> {
        if self.unsent.is_empty() {
            let mut buffer = [0; 16 * 1024];
            let Some(count) = unless_blocked(self.stream.read(&mut buffer))? else { return Ok(true) };
            self.unsent.extend_from_slice(&buffer[..count]);
            if count == 0 {
                return Ok(false);
            }
            if !quiet {
                say!("Received from {}: {}", self.peer, printable(&self.unsent));
            }
        }
        let count = unless_blocked(self.stream.write(&self.unsent))?.unwrap_or(0);
        if !quiet && count > 0 {
            say!("Echoed to {}: {}", self.peer, printable(&self.unsent[..count]));
        }
        self.unsent.drain(..count);
        Ok(true)
    }

    /// Asks to be told what the client is ready for, also if it is so already.
    fn register_again(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = if self.unsent.is_empty() { Interest::READABLE } else { Interest::WRITABLE };
        registry.reregister(&mut self.stream, token, interest)
    }

    fn lost(&self, error: &io::Error) -> bool {
        complain!("Lost {}: {error}", self.peer);
        false
    }
}

fn unless_blocked(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        result => result.map(Some),
    }
}
