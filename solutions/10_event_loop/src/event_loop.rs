//! The loop: wait until some clients are ready, serve those, wait again. Nothing else in this program waits.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;
use support::{complain, note};

use crate::connection::{Connection, Turn};

/// Each socket is watched under a token, which its events bear. A client's is its key in the table of connections.
const LISTENER: Token = Token(usize::MAX);

/// How many events are fetched at once.
const BATCH: usize = 1024;

/// One buffer serves all: between two turns nothing of a client is in it. A large one saves system calls.
const BUFFER_BYTES: usize = 64 * 1024;

/// How long to wait for descriptors when there are none.
const PAUSE: Duration = Duration::from_millis(100);

pub struct EventLoop {
    poll: Poll,
    listener: TcpListener,
    connections: Slab<Connection>,
    buffer: Vec<u8>,
    quiet: bool,
    /// The last `accept()` failed for want of a descriptor. Its client still waits in the backlog, and no event will say
    /// when a descriptor is free.
    exhausted: bool,
}

impl EventLoop {
    pub fn new(mut listener: TcpListener, quiet: bool) -> io::Result<Self> {
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let buffer = vec![0; BUFFER_BYTES];
        Ok(Self { poll, listener, connections: Slab::new(), buffer, quiet, exhausted: false })
    }

    /// Serves until the operating system refuses to wait for events.
    pub fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(BATCH);
        loop {
            match self.poll.poll(&mut events, self.exhausted.then_some(PAUSE)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            let mut client_waits = self.exhausted;
            for event in &events {
                match event.token() {
                    LISTENER => client_waits = true,
                    Token(key) => self.serve(key),
                }
            }
            // After the events: a new client may get the key of one that has left, and some events may still be about that one.
            if client_waits {
                self.accept();
            }
        }
    }

    /// Accepts all clients that wait: the listener's next event comes with the next client, not with those left waiting.
    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, peer)) => {
                    note!("Connection from {peer}");
                    if let Err(error) = self.admit(stream, peer) {
                        complain!("Lost {peer}: {error}");
                        note!("Connection closed: {peer}");
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {} // it has left again
                Err(error) => {
                    if !self.exhausted {
                        complain!("Cannot accept a client: {error}");
                    }
                    self.exhausted = true;
                    return;
                }
            }
        }
        self.exhausted = false;
    }

    /// Puts a new client into the table, and has the kernel watch for what it sends.
    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?; // send each echo immediately, even while an earlier one is on its way (RFC 896)
        let entry = self.connections.vacant_entry();
        self.poll.registry().register(&mut stream, Token(entry.key()), Interest::READABLE)?;
        entry.insert(Connection::new(stream, peer));
        Ok(())
    }

    /// Gives a client its turn.
    fn serve(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return }; // it left earlier in this batch
        let registry = self.poll.registry();
        let open = match connection.turn(&mut self.buffer, self.quiet) {
            Ok(Turn::Waits) => Ok(true),
            Ok(Turn::Watch(interest)) => {
                registry.reregister(&mut connection.stream, Token(key), interest).map(|()| true)
            }
            Ok(Turn::Left) => Ok(false),
            Err(error) => Err(error),
        };
        if let Err(error) = &open {
            complain!("Lost {}: {error}", connection.peer);
        }
        if !matches!(open, Ok(true)) {
            note!("Connection closed: {}", connection.peer);
            self.connections.remove(key); // closes the socket, which also ends the watch
        }
    }
}
