//! The orderly end: who is connected, and how all are disconnected.

use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How long clients may take to close their side before the server hangs up on them.
const GRACE: Duration = Duration::from_millis(500);

/// How often to knock at the listener until it has noticed.
const KNOCK: Duration = Duration::from_millis(50);

/// The clients that are connected.
pub struct Clients {
    listening_on: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    admitted: u64,
    connected: HashMap<u64, Arc<TcpStream>>,
    stopping: bool,
    /// The listener has noticed that the server is stopping.
    closed: bool,
}

impl Clients {
    pub fn new(listening_on: SocketAddr) -> Self {
        Self { listening_on, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Notes a client that was accepted, until the returned value is dropped. None when the server is stopping.
    pub fn admit(&self, stream: TcpStream) -> Option<Client<'_>> {
        let mut state = self.state();
        if state.stopping {
            state.closed = true;
            self.changed.notify_all();
            return None;
        }
        let number = state.admitted;
        let stream = Arc::new(stream);
        state.admitted += 1;
        state.connected.insert(number, Arc::clone(&stream));
        Some(Client { number, stream, clients: self })
    }

    /// How many clients were admitted since the start.
    pub fn admitted(&self) -> u64 {
        self.state().admitted
    }

    /// Ends every connection and wakes the listener. Clients are told with an end of file; they have [`GRACE`] to read
    /// what was echoed and to close, then the server hangs up, also on one that never reads.
    pub fn disconnect(&self) {
        // TODO 7: note that the server is stopping, and shut down writing for all clients that are connected. Then, until
        // the listener is closed and the last client is gone: knock() while the listener isn't closed; after GRACE shut down
        // both directions; and wait for a change, at most for KNOCK, which lets go of the lock meanwhile.
        todo!("TODO 7: end in order");
    }

    /// The listener waits in `accept()`, which nothing but a connection wakes on every system. It may fail while the
    /// process has no file descriptor left; then it is tried again when clients have gone.
    fn knock(&self) {
        // TODO 8: connect to support::reachable(...) of the address that the server listens on, and ignore whether it works.
        todo!("TODO 8: wake the listener");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn shut_down(&self, how: Shutdown) {
        for stream in self.connected.values() {
            // It fails for a client that has just gone, which is as well.
            let _ = stream.shutdown(how);
        }
    }
}

/// A client that is connected; it counts as gone when this is dropped.
pub struct Client<'a> {
    number: u64,
    stream: Arc<TcpStream>,
    clients: &'a Clients,
}

impl Client<'_> {
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        self.clients.state().connected.remove(&self.number);
        self.clients.changed.notify_all();
    }
}
