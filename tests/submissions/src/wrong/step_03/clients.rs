//! Who is connected, and how all are disconnected.

use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::wrong::{it, mistake};

/// How long clients may take to close their side before the server hangs up on them.
const GRACE: Duration = Duration::from_millis(500);

/// How often to connect to the listener until it has noticed.
const KNOCK: Duration = Duration::from_millis(20);

/// The clients of this process.
static CLIENTS: Mutex<Clients> =
    Mutex::new(Clients { connected: BTreeMap::new(), admitted: 0, leaving: false, closed: false });

struct Clients {
    connected: BTreeMap<usize, Arc<Socket>>,
    admitted: usize,
    /// Nobody is admitted any more.
    leaving: bool,
    /// The listener has noticed.
    closed: bool,
}

pub struct Socket {
    pub stream: TcpStream,
    pub peer: SocketAddr,
    /// Whose turn it is to use the socket, for a mistake that has one thread use it at a time.
    pub turn: Mutex<()>,
}

/// A client that is connected; it counts as disconnected when this is dropped.
pub struct Client {
    number: usize,
    socket: Arc<Socket>,
}

impl Deref for Client {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        &self.socket
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        clients().connected.remove(&self.number);
    }
}

fn clients() -> MutexGuard<'static, Clients> {
    CLIENTS.lock().unwrap()
}

/// Notes a new client. None when the server is stopping.
pub fn admit(stream: TcpStream, peer: SocketAddr) -> Option<Client> {
    let mut clients = clients();
    if clients.leaving {
        return None;
    }
    let number = clients.admitted;
    let socket = Arc::new(Socket { stream, peer, turn: Mutex::default() });
    clients.admitted += 1;
    clients.connected.insert(number, Arc::clone(&socket));
    Some(Client { number, socket })
}

pub fn admitted() -> usize {
    clients().admitted
}

pub fn are_leaving() -> bool {
    clients().leaving
}

/// Notes that the listener has noticed.
pub fn close() {
    clients().closed = true;
}

/// Ends every connection and wakes the listener.
pub fn stop(own: SocketAddr) {
    let deadline = Instant::now() + GRACE;
    clients().leaving = true;
    shut_down(Shutdown::Write);
    while !have_left() {
        if !it("does_not_wake_its_listener") {
            let _ = TcpStream::connect_timeout(&support::reachable(own), KNOCK);
        }
        if Instant::now() >= deadline {
            shut_down(Shutdown::Both);
        }
        thread::sleep(KNOCK);
    }
}

fn have_left() -> bool {
    let clients = clients();
    clients.closed && clients.connected.is_empty()
}

fn shut_down(how: Shutdown) {
    for (number, socket) in &clients().connected {
        // To stop reading wakes a thread without an end of file for its client.
        let how = match mistake() {
            "waits_for_clients_to_leave" => return,
            "closes_only_the_first_client" if *number > 0 => return,
            "resets_connections_at_the_end" | "resets_busy_connections_at_the_end"
                if how == Shutdown::Write =>
            {
                Shutdown::Read
            }
            _ => how,
        };
        let _turn = it("locks_a_socket_while_it_writes").then(|| socket.turn.lock().unwrap());
        let _ = socket.stream.shutdown(how);
    }
}
