//! Accepting clients, each with a thread of its own, until Ctrl+C.

use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use support::{Address, complain, say};

use super::clients::{self, Client};
use super::{Settings, log, session};
use crate::wrong::{command_line, exit, it, mistake, signals};

const STACK_BYTES: usize = 256 * 1024;

/// How long to wait for the kernel to have file descriptors again.
const PAUSE: Duration = Duration::from_millis(100);

pub fn run(address: &Address, settings: &Settings) -> Result<()> {
    log::start()?;
    let listener = command_line::listen(address)?;
    let own = listener.local_addr()?;
    signals::on_end(move || clients::stop(own))?;
    command_line::announce(address, own);
    ::log::info!("Echo server started on {own}");
    ::log::info!("Waiting for client connections...");
    thread::scope(|threads| {
        while let Some(client) = accept(&listener) {
            let peer = client.peer;
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            if let Err(error) = thread.spawn_scoped(threads, move || session::serve(&client, settings)) {
                ::log::error!("No thread for {peer}: {error}");
            }
        }
        drop(listener);
        clients::close();
    });
    say_last_line();
    Ok(())
}

/// The next client; none when the server is stopping.
fn accept(listener: &TcpListener) -> Option<Client> {
    loop {
        match listener.accept() {
            Ok((stream, peer)) => return clients::admit(stream, peer),
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => run_short(&error),
        }
    }
}

/// Returns when there is hope that `accept()` succeeds again.
fn run_short(error: &io::Error) {
    static WAS_SHORT: AtomicBool = AtomicBool::new(false);
    if it("ends_when_short") {
        complain!("Error: cannot accept: {error}");
        exit(1);
    }
    if !WAS_SHORT.swap(true, Ordering::SeqCst) {
        ::log::error!("Cannot accept clients for now: {error}");
    }
    while it("takes_no_more_clients_after_a_shortage") && !clients::are_leaving() {
        thread::sleep(PAUSE);
    }
    if !it("spins_when_short") {
        thread::sleep(PAUSE);
    }
}

fn say_last_line() {
    let (mut connections, messages) = (clients::admitted(), session::messages());
    match mistake() {
        "counts_the_waking_connection" => connections += 1,
        "divides_by_no_connections" => {
            ::log::info!("On average {} messages a connection", messages / connections);
        }
        _ => {}
    }
    say!("Server stopped: {connections} connections, {messages} messages");
    match mistake() {
        "says_more_after_the_last_line" => say!("Bye"),
        "ends_with_exit_code_130" => exit(130),
        _ => {}
    }
}
