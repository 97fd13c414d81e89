//! Step 02 with a pool of threads. It grows when all of its threads are busy, so no client ever waits for another; a
//! few idle threads are kept for the clients to come.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use support::{Args, complain, printable, say};

/// More threads than these do not stay when they have nothing to do.
const MOST_IDLE: usize = 8;

fn main() -> Result<()> {
    let mut args = Args::new("Echoes every byte back, to any number of clients at a time.");
    let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
    let address = args.address();

    let listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    support::announce(&address, listener.local_addr()?);

    let pool = Arc::new(Pool { quiet, state: Mutex::default(), arrival: Condvar::new() });
    loop {
        match listener.accept() {
            Ok(visit) => pool.take(visit),
            Err(error) => {
                complain!("Cannot accept a client: {error}");
                thread::sleep(Duration::from_secs(1));
            }
        }
    }
}

type Visit = (TcpStream, SocketAddr);

struct Pool {
    quiet: bool,
    state: Mutex<State>,
    arrival: Condvar,
}

#[derive(Default)]
struct State {
    /// Clients that no thread serves yet. Each has an idle thread, or one that is about to start.
    waiting: VecDeque<Visit>,
    idle: usize,
}

impl Pool {
    /// Has a client served, by a thread that is idle or by a new one.
    fn take(self: &Arc<Self>, visit: Visit) {
        let peer = visit.1;
        let mut state = self.state.lock().unwrap();
        state.waiting.push_back(visit);
        if state.waiting.len() <= state.idle {
            self.arrival.notify_one();
            return;
        }
        let pool = Arc::clone(self);
        if let Err(error) = thread::Builder::new().spawn(move || pool.work()) {
            complain!("No thread for {peer}: {error}");
            state.waiting.pop_back();
        }
    }

    /// The life of a thread.
    fn work(&self) {
        while let Some((client, peer)) = self.next() {
            say!("Connection from {peer}");
            if let Err(error) = echo(client, peer, self.quiet) {
                complain!("Lost {peer}: {error}");
            }
            say!("Connection closed: {peer}");
        }
    }

    /// Waits for the next client. None if enough other threads do.
    fn next(&self) -> Option<Visit> {
        let mut state = self.state.lock().unwrap();
        if state.waiting.is_empty() && state.idle >= MOST_IDLE {
            return None;
        }
        state.idle += 1;
        let mut state = self.arrival.wait_while(state, |state| state.waiting.is_empty()).unwrap();
        state.idle -= 1;
        state.waiting.pop_front()
    }
}

/// Sends back every byte, until the client has sent its last.
fn echo(mut client: TcpStream, peer: SocketAddr, quiet: bool) -> io::Result<()> {
    if quiet {
        return io::copy(&mut &client, &mut &client).map(drop);
    }
    let mut buffer = [0; 4096];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        say!("Received from {peer}: {}", printable(&buffer[..count]));
        client.write_all(&buffer[..count])?;
        say!("Echoed to {peer}: {}", printable(&buffer[..count]));
    }
}
