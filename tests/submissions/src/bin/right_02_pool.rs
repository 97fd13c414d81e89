//! Step 02 with a pool of threads. It grows when all of its threads are busy, so no client ever waits for another; a
//! few idle threads are kept for the clients to come.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use anyhow::Result;
use submissions::{Screen, accept, announce, command_line, listen};
use support::complain;

/// More threads than these do not stay when they have nothing to do.
const MOST_IDLE: usize = 8;

fn main() -> Result<()> {
    let (address, quiet) = command_line("Echoes every byte back, to any number of clients at once.");
    let listener = listen(&address)?;
    announce(&address, listener.local_addr()?);
    let pool = Arc::new(Pool { quiet, state: Mutex::default(), arrival: Condvar::new() });
    loop {
        pool.take(accept(&listener));
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
            let screen = Screen { quiet: self.quiet, peer, named: true };
            screen.connected();
            if let Err(error) = echo(client, &screen) {
                complain!("Lost {peer}: {error}");
            }
            screen.closed();
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
fn echo(mut client: TcpStream, screen: &Screen) -> io::Result<()> {
    if screen.quiet {
        return io::copy(&mut &client, &mut &client).map(drop);
    }
    let mut buffer = [0; 4096];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        screen.received(&buffer[..count]);
        client.write_all(&buffer[..count])?;
        screen.echoed(&buffer[..count]);
    }
}
