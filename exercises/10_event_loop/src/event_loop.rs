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
                // TODO 1: Whom is this event about? See event.token(). LISTENER: a client waits.
                // Token(key): serve() the client with this key.
                todo!("TODO 1: handle the event");
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
                // TODO 2: Tell three kinds of errors apart: see io::Error::kind. WouldBlock: all
                // clients are accepted. ConnectionAborted: this client has left again, so go on.
                // Any other, such as "too many open files": report it with complain!, once and not
                // at each attempt, set `exhausted` and return.
                Err(error) => todo!("TODO 2: handle the errors of accept()"),
            }
        }
        self.exhausted = false;
    }

    /// Puts a new client into the table, and has the kernel watch for what it sends.
    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?; // send each echo immediately, even while an earlier one is on its way (RFC 896)
        // TODO 3: Take a vacant_entry() of the table. Register the stream with
        // self.poll.registry(), under the entry's key and for READABLE. Then insert the connection:
        // see slab::VacantEntry.
        todo!("TODO 3: watch the client");
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
