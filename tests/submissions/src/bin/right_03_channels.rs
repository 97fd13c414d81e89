//! Step 03 with two threads for each client: one reads and hands its answers through a bounded channel to one that
//! writes. None is ever woken: each looks at the clock ten times a second, and so does the one that accepts.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use support::{Args, say};

use session::{Answer, Session, init_log};

#[path = "step_03/session.rs"]
mod session;

/// How often to look whether something has changed.
const TICK: Duration = Duration::from_millis(100);

/// How often to look whether somebody has connected.
const ACCEPT_TICK: Duration = Duration::from_millis(10);

/// How many answers may wait to be written. When there are more, nothing is read.
const ANSWERS: usize = 4;

/// How long a client may take to read what it is owed at the end, and how long to close its side.
const GRACE: Duration = Duration::from_millis(500);

/// When Ctrl+C was pressed.
static STOPPED: OnceLock<Instant> = OnceLock::new();

fn main() -> Result<()> {
    let mut args = Args::new("Echoes messages, answers QUIT, STATS and TIME, and ends in order on Ctrl+C.");
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    let address = args.address();
    init_log();

    let listener = address
        .resolve()
        .and_then(TcpListener::bind)
        .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
    let own = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    ctrlc::set_handler(|| {
        STOPPED.get_or_init(Instant::now);
    })?;
    support::announce(&address, own);
    log::info!("Echo server started on {own}");
    log::info!("Waiting for client connections...");

    let messages = AtomicU64::new(0);
    let (prefix, messages) = (prefix.as_str(), &messages);
    let mut connections = 0;
    // The scope ends when all its threads have.
    thread::scope(|threads| {
        while let Some((stream, peer)) = accept(&listener) {
            connections += 1;
            let client = Client { stream, peer, idle_timeout, active: Mutex::new(Instant::now()) };
            let visit = move || client.visit(Session::new(peer, prefix, messages));
            if let Err(error) = Builder::new().spawn_scoped(threads, visit) {
                log::error!("No thread for {peer}: {error}");
            }
        }
        drop(listener);
    });
    say!("Server stopped: {connections} connections, {} messages", messages.load(Ordering::Relaxed));
    Ok(())
}

/// Waits for the next client. None when the server is stopped.
fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    let mut short = false;
    while STOPPED.get().is_none() {
        match listener.accept() {
            Ok(connection) => return Some(connection),
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(ACCEPT_TICK),
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if !short {
                    log::error!("Cannot accept clients for now: {error}");
                }
                short = true;
                thread::sleep(TICK);
            }
        }
    }
    None
}

struct Client {
    stream: TcpStream,
    peer: SocketAddr,
    idle_timeout: Duration,
    /// When it last sent or took a byte.
    active: Mutex<Instant>,
}

impl Client {
    /// One client, from its first byte to its last.
    fn visit(&self, session: Session) {
        let peer = self.peer;
        log::info!("New client connected: {peer}");
        let (answers, queue) = sync_channel(ANSWERS);
        let end = self.prepare().and_then(|()| {
            thread::scope(|threads| {
                let writer = Builder::new().spawn_scoped(threads, || self.write(queue))?;
                let end = self.read(session, &answers);
                drop(answers); // and with it, once it is empty, the queue ends
                writer.join().expect("it doesn't panic").and(end)
            })
        });
        match end {
            Ok(None) => {}
            Ok(Some(reason)) => log::info!("Client {peer} {reason}"),
            Err(error) if error.kind() == ErrorKind::TimedOut => log::info!("Client {peer}: {error}"),
            Err(error) => log::warn!("Client {peer} lost: {error}"),
        }
        self.close();
        log::info!("Connection with {peer} closed");
    }

    fn prepare(&self) -> io::Result<()> {
        self.stream.set_nonblocking(false)?; // some systems hand the listener's mode down
        self.stream.set_read_timeout(Some(TICK))?;
        self.stream.set_write_timeout(Some(TICK))
    }

    /// Reads until the client has sent its last byte, or there is a reason to close.
    fn read(&self, mut session: Session, answers: &SyncSender<Answer>) -> io::Result<Option<&'static str>> {
        let mut buffer = [0; 8192];
        while STOPPED.get().is_none() {
            match self.unless_idle((&self.stream).read(&mut buffer))? {
                Some(0) => return Ok(None),
                Some(count) => {
                    let answer = session.answer(&buffer[..count]);
                    let quit = answer.quit;
                    if answers.send(answer).is_err() {
                        return Ok(None); // the writer has ended, and says why
                    }
                    if quit {
                        return Ok(Some("requested to exit"));
                    }
                }
                None => {}
            }
        }
        Ok(Some("is disconnected: the server stops"))
    }

    /// Writes until the reader has ended and all is sent.
    fn write(&self, answers: Receiver<Answer>) -> io::Result<()> {
        for answer in answers {
            self.send(&answer.bytes).inspect_err(|_| {
                let _ = self.stream.shutdown(Shutdown::Both); // that ends the reader
            })?;
            for message in answer.echoed {
                log::info!("Echoed to {}: '{message}'", self.peer);
            }
        }
        Ok(())
    }

    fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = self.unless_idle((&self.stream).write(bytes))?.unwrap_or(0);
            bytes = &bytes[count..];
            if STOPPED.get().is_some_and(|time| time.elapsed() > GRACE) {
                return Err(io::Error::other("it did not read to the end"));
            }
        }
        Ok(())
    }

    /// None if nothing was read or written in a tick; an error if nothing was in the whole idle timeout.
    fn unless_idle(&self, result: io::Result<usize>) -> io::Result<Option<usize>> {
        let mut active = self.active.lock().unwrap();
        match result {
            Ok(count) => {
                *active = Instant::now();
                Ok(Some(count))
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(None),
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(error),
            Err(_) if active.elapsed() < self.idle_timeout => Ok(None),
            Err(_) => Err(io::Error::new(ErrorKind::TimedOut, "idle timeout")),
        }
    }

    /// To close a socket while there is input left to read resets the connection: so the client closes first, if it
    /// does so soon.
    fn close(&self) {
        let start = Instant::now();
        let mut open = self.stream.shutdown(Shutdown::Write).is_ok();
        while open && start.elapsed() < GRACE {
            let result = (&self.stream).read(&mut [0; 8192]);
            open = !matches!(self.unless_idle(result), Ok(Some(0)) | Err(_));
        }
    }
}
