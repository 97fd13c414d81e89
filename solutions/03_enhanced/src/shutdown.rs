//! The clean shutdown: which clients are connected, and how all of them are disconnected.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// How long clients may take to close their side before the server hangs up on them.
const GRACE: Duration = Duration::from_millis(500);

/// The clients that are connected.
#[derive(Default)]
pub struct Clients {
    connected: Mutex<HashMap<u64, Arc<TcpStream>>>,
    one_left: Condvar,
}

impl Clients {
    /// Adds a client, until the returned value is dropped. No two have the same `number`.
    pub fn add(&self, number: u64, stream: TcpStream) -> Client<'_> {
        let stream = Arc::new(stream);
        self.connected().insert(number, Arc::clone(&stream));
        Client { number, stream, clients: self }
    }

    /// Disconnects every client. A client reads what was echoed, then end of file, and has [`GRACE`] to close its side. Then the
    /// server hangs up, even on a client that never reads.
    pub fn disconnect(&self) {
        let connected = self.connected();
        shut_down(&connected, Shutdown::Write);
        let is_any_left = |connected: &mut HashMap<_, _>| !connected.is_empty();
        let (connected, _) = self.one_left.wait_timeout_while(connected, GRACE, is_any_left).unwrap();
        shut_down(&connected, Shutdown::Both);
    }

    fn connected(&self) -> MutexGuard<'_, HashMap<u64, Arc<TcpStream>>> {
        self.connected.lock().unwrap()
    }
}

fn shut_down(connected: &HashMap<u64, Arc<TcpStream>>, how: Shutdown) {
    for stream in connected.values() {
        // It fails for a client that has just disconnected, which is fine.
        let _ = stream.shutdown(how);
    }
}

/// A connected client; dropping it removes the client from the others.
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
        self.clients.connected().remove(&self.number);
        self.clients.one_left.notify_all();
    }
}
