//! Step 03 with tokio: a task for each client, all of them in a `JoinSet`, and a watch channel that tells them to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow};
use support::{Address, Args, say};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use session::{Session, init_log};

#[path = "step_03/session.rs"]
mod session;

/// How long to wait for the system to have file descriptors again.
const PAUSE: Duration = Duration::from_millis(100);

/// How long to wait for a client to close its side after the server has closed its own.
const LINGER: Duration = Duration::from_millis(500);

/// How long clients may take at the end, before their tasks are aborted.
const GRACE: Duration = Duration::from_secs(1);

/// What all clients have in common.
struct Server {
    prefix: String,
    idle_timeout: Duration,
    messages: AtomicU64,
    stopping: watch::Receiver<()>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = Args::new("Echoes messages, answers QUIT, STATS and TIME, and ends in order on Ctrl+C.");
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    let address = args.address();
    init_log();

    let listener = listen(&address).await.map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    let own = listener.local_addr()?;
    let (stop, stopping) = watch::channel(());
    ctrlc::set_handler(move || stop.send_replace(()))?;
    support::announce(&address, own);
    log::info!("Echo server started on {own}");
    log::info!("Waiting for client connections...");

    let server = Arc::new(Server { prefix, idle_timeout, messages: AtomicU64::new(0), stopping });
    let connections = serve(listener, &server).await;
    let messages = server.messages.load(Ordering::Relaxed);
    say!("Server stopped: {connections} connections, {messages} messages");
    Ok(())
}

async fn listen(address: &Address) -> io::Result<TcpListener> {
    TcpListener::bind(address.resolve()?).await
}

/// Serves clients until the server is stopped and all tasks have ended. Returns how many clients there were.
async fn serve(listener: TcpListener, server: &Arc<Server>) -> u64 {
    let mut stopping = server.stopping.clone();
    let mut clients = JoinSet::new();
    let mut connections = 0;
    loop {
        tokio::select! {
            (stream, peer) = accept(&listener) => {
                connections += 1;
                clients.spawn(visit(stream, peer, Arc::clone(server)));
            }
            Some(_) = clients.join_next() => {} // a task that has ended is forgotten
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    let all_left = async { while clients.join_next().await.is_some() {} };
    if timeout(GRACE, all_left).await.is_err() {
        clients.shutdown().await;
    }
    connections
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut short = false;
    loop {
        match listener.accept().await {
            Ok(connection) => return connection,
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if !short {
                    log::error!("Cannot accept clients for now: {error}");
                }
                short = true;
                sleep(PAUSE).await;
            }
        }
    }
}

/// Logs the end of a visit also when its task is aborted.
struct Farewell(SocketAddr);

impl Drop for Farewell {
    fn drop(&mut self) {
        log::info!("Connection with {} closed", self.0);
    }
}

/// One client, from its first byte to its last.
async fn visit(mut stream: TcpStream, peer: SocketAddr, server: Arc<Server>) {
    log::info!("New client connected: {peer}");
    let _farewell = Farewell(peer);
    match converse(&mut stream, peer, &server).await {
        Ok(None) => {}
        Ok(Some(reason)) => log::info!("Client {peer} {reason}"),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            log::info!("Client {peer} was idle for too long");
        }
        Err(error) => log::warn!("Client {peer} lost: {error}"),
    }
    // To close a socket while there is input left to read resets the connection.
    if stream.shutdown().await.is_ok() {
        let drained = async { while stream.read(&mut [0; 4096]).await.is_ok_and(|count| count > 0) {} };
        let _ = timeout(LINGER, drained).await;
    }
}

/// Returns when the client has sent its last byte, or with the reason to close.
async fn converse(
    stream: &mut TcpStream,
    peer: SocketAddr,
    server: &Server,
) -> io::Result<Option<&'static str>> {
    let mut stopping = server.stopping.clone();
    let mut session = Session::new(peer, &server.prefix, &server.messages);
    let mut buffer = [0; 4096];
    loop {
        let count = tokio::select! {
            count = timeout(server.idle_timeout, stream.read(&mut buffer)) => count??,
            _ = stopping.changed() => return Ok(Some("is disconnected: the server stops")),
        };
        if count == 0 {
            return Ok(None);
        }
        let answer = session.answer(&buffer[..count]);
        let mut unsent = answer.bytes.as_slice();
        while !unsent.is_empty() {
            // Each byte that the client takes starts the time anew.
            let count = timeout(server.idle_timeout, stream.write(unsent)).await??;
            unsent = &unsent[count..];
        }
        for message in answer.echoed {
            log::info!("Echoed to {peer}: '{message}'");
        }
        if answer.quit {
            return Ok(Some("requested to exit"));
        }
    }
}
