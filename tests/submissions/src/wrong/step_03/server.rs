//! Taking clients in, each with a thread of its own.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use support::complain;

use super::command_line::{self, Settings};
use super::log::Log;
use super::session::Session;
use super::{Fault, shutdown};

const STACK_BYTES: usize = 256 * 1024;

/// How long to wait for the system to have file descriptors again.
const PAUSE: Duration = Duration::from_millis(100);

/// What the threads of all clients share.
pub struct Server {
    pub fault: Fault,
    pub settings: Settings,
    pub log: Log,
    pub clients: Clients,
    pub messages: AtomicUsize,
    /// The messages of the clients that have left, for a mistake that forgets them.
    pub messages_of_the_past: AtomicUsize,
}

pub fn run(fault: Fault, settings: Settings) -> Result<()> {
    let listener = command_line::listen(fault, &settings.address)?;
    let own = listener.local_addr()?;
    let server = Arc::new(Server {
        fault,
        settings,
        log: Log::new(fault),
        clients: Clients::default(),
        messages: AtomicUsize::default(),
        messages_of_the_past: AtomicUsize::default(),
    });
    shutdown::on_signal(&server, own)?;
    command_line::announce(fault, &server.settings.address, own);
    server.log.info(format_args!("Echo server started on {own}"));
    server.log.info("Waiting for client connections...");
    thread::scope(|threads| {
        while let Some(client) = server.accept(&listener) {
            let peer = client.peer;
            let server: &Server = &server;
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            if let Err(error) = thread.spawn_scoped(threads, move || server.serve(&client)) {
                server.log.error(format_args!("No thread for {peer}: {error}"));
            }
        }
        server.clients.is_closed.store(true, Ordering::SeqCst);
        drop(listener);
    });
    shutdown::say_last_line(&server);
    Ok(())
}

impl Server {
    /// The next client; none when the server is stopping.
    fn accept(&self, listener: &TcpListener) -> Option<Client<'_>> {
        let (stream, peer) = loop {
            match listener.accept() {
                Ok(connection) => break connection,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => self.run_short(&error),
            }
        };
        self.clients.admit(stream, peer)
    }

    /// The system is short of something: returns when there is hope.
    fn run_short(&self, error: &io::Error) {
        if self.fault.is("ends_when_short") {
            complain!("Error: cannot accept: {error}");
            support::flush();
            process::exit(1);
        }
        if self.fault.is("takes_no_more_clients_after_a_shortage") {
            self.log.error(format_args!("Cannot accept clients any more: {error}"));
            while !self.clients.is_stopping() {
                thread::sleep(PAUSE);
            }
        }
        if !self.clients.was_short.swap(true, Ordering::SeqCst) {
            self.log.error(format_args!("Cannot accept clients for now: {error}"));
        }
        if !self.fault.is("spins_when_short") {
            thread::sleep(PAUSE);
        }
    }

    fn serve(&self, client: &Client) {
        Session::new(self, client).serve();
    }
}

/// Whose turn it is to use a client's socket, for a mistake that has one use it at a time.
type Turn = Arc<Mutex<()>>;

/// Who is connected.
#[derive(Default)]
pub struct Clients {
    connected: Mutex<BTreeMap<usize, (Arc<TcpStream>, Turn)>>,
    admitted: AtomicUsize,
    is_stopping: AtomicBool,
    /// No client is taken in any more.
    is_closed: AtomicBool,
    was_short: AtomicBool,
}

impl Clients {
    fn admit(&self, stream: TcpStream, peer: SocketAddr) -> Option<Client<'_>> {
        let mut connected = self.connected.lock().unwrap();
        if self.is_stopping() {
            return None;
        }
        let (stream, turn) = (Arc::new(stream), Turn::default());
        let number = self.admitted.fetch_add(1, Ordering::SeqCst);
        connected.insert(number, (Arc::clone(&stream), Arc::clone(&turn)));
        Some(Client { number, stream, turn, peer, clients: self })
    }

    pub fn admitted(&self) -> usize {
        self.admitted.load(Ordering::SeqCst)
    }

    /// From now on nobody is admitted.
    pub fn stop(&self) {
        let _turn = self.connected.lock().unwrap();
        self.is_stopping.store(true, Ordering::SeqCst);
    }

    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    /// Shuts down the sockets of the clients whose number is below `end`.
    pub fn shut_down(&self, how: Shutdown, end: usize) {
        for (_, (stream, _)) in self.connected.lock().unwrap().range(..end) {
            let _ = stream.shutdown(how);
        }
    }

    /// Shuts down each socket when its turn comes.
    pub fn shut_down_in_turn(&self, how: Shutdown) {
        for (stream, turn) in self.connected.lock().unwrap().values() {
            let _turn = turn.lock().unwrap();
            let _ = stream.shutdown(how);
        }
    }

    pub fn have_gone(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst) && self.connected.lock().unwrap().is_empty()
    }
}

/// A client that is connected; it counts as gone when this is dropped.
pub struct Client<'a> {
    pub number: usize,
    pub stream: Arc<TcpStream>,
    pub turn: Turn,
    pub peer: SocketAddr,
    clients: &'a Clients,
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        self.clients.connected.lock().unwrap().remove(&self.number);
    }
}
