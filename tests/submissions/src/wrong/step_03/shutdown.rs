//! The orderly end.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use support::say;
use tokio::runtime::{Builder, Runtime};

use super::Fault;
use super::server::Server;

/// How long clients may take to close their side before the server hangs up on them.
const GRACE: Duration = Duration::from_millis(500);

/// How often to knock at the listener until it has noticed.
const KNOCK: Duration = Duration::from_millis(20);

/// Stops the server on Ctrl+C and SIGTERM.
pub fn on_signal(server: &Arc<Server>, own: SocketAddr) -> Result<()> {
    let server = Arc::clone(server);
    match server.fault {
        Fault("does_not_handle_sigterm") => on_ctrl_c_only(move || stop(&server, own)),
        Fault("dies_at_once_on_ctrl_c") => Ok(ctrlc::set_handler(|| process::exit(130))?),
        _ => Ok(ctrlc::set_handler(move || stop(&server, own))?),
    }
}

fn on_ctrl_c_only(stop: impl FnOnce() + Send + 'static) -> Result<()> {
    let runtime = runtime()?;
    let mut pressed = Box::pin(tokio::signal::ctrl_c());
    // The handler is there from the first poll on.
    runtime.block_on(poll_fn(|context| {
        let _ = pressed.as_mut().poll(context);
        Poll::Ready(())
    }));
    thread::spawn(move || {
        let _ = runtime.block_on(pressed);
        stop();
    });
    Ok(())
}

/// Ends every connection and wakes the listener.
fn stop(server: &Server, own: SocketAddr) {
    let deadline = Instant::now() + GRACE;
    server.clients.stop();
    shut_down_clients(server, Shutdown::Write);
    while !server.clients.have_gone() {
        if !server.fault.is("does_not_wake_its_listener") {
            let _ = TcpStream::connect_timeout(&support::reachable(own), KNOCK);
        }
        if Instant::now() >= deadline {
            shut_down_clients(server, Shutdown::Both);
        }
        thread::sleep(KNOCK);
    }
}

fn shut_down_clients(server: &Server, how: Shutdown) {
    let clients = &server.clients;
    match server.fault {
        Fault("waits_for_clients_to_leave") => {}
        Fault("closes_only_the_first_client") => clients.shut_down(how, 1),
        Fault("locks_a_socket_while_it_writes") => clients.shut_down_in_turn(how),
        Fault("resets_connections_at_the_end" | "resets_busy_connections_at_the_end")
            if how == Shutdown::Write =>
        {
            clients.shut_down(Shutdown::Read, usize::MAX); // wakes their threads without an end of file
        }
        _ => clients.shut_down(how, usize::MAX),
    }
}

/// Has the socket send a reset instead of an end when it is closed.
pub fn reset_when_closed(stream: &TcpStream) -> io::Result<()> {
    let runtime = runtime()?;
    let _inside = runtime.enter();
    stream.set_nonblocking(true)?;
    tokio::net::TcpStream::from_std(stream.try_clone()?)?.set_zero_linger()
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

pub fn say_last_line(server: &Server) {
    let (fault, mut connections) = (server.fault, server.clients.admitted());
    let messages = server.messages.load(Ordering::SeqCst);
    if fault.is("counts_the_waking_connection") {
        connections += 1;
    }
    if fault.is("divides_by_no_connections") {
        server.log.info(format_args!("On average {} messages a connection", messages / connections));
    }
    say!("Server stopped: {connections} connections, {messages} messages");
    if fault.is("says_more_after_the_last_line") {
        say!("Bye");
    }
    if fault.is("ends_with_exit_code_130") {
        process::exit(130);
    }
}
