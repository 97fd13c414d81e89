//! Mistakes of step 02, above all those about many clients at a time.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use support::complain;

use super::Mistake;
use super::common::{self, Batches, Screen, criteria as c, mistake};

/// All of them.
pub const MISTAKES: &[Mistake] = &[];

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> anyhow::Result<()> {
    let about = "Echoes every byte back, to any number of clients at a time.";
    let (address, quiet) = common::command_line(mistake, about, words);
    let listener = common::bind(mistake, &address, TcpListener::bind)?;
    common::announce(mistake, &address, listener.local_addr()?);
    if mistake == "ignores_ctrl_c" {
        ctrlc::set_handler(|| {})?;
    }
    let screen = |peer| Screen { mistake, quiet, peer, named: true };
    match mistake {
        "has_a_pool_of_16_threads" => pool(16, &listener, screen),
        "has_a_pool_of_64_threads" => pool(64, &listener, screen),
        "waits_in_write_with_its_only_thread" => only_thread(&listener, screen)?,
        _ => thread_for_each(mistake, &listener, screen)?,
    }
    Ok(())
}

fn thread_for_each(
    mistake: &str,
    listener: &TcpListener,
    screen: impl Fn(SocketAddr) -> Screen,
) -> anyhow::Result<()> {
    let mut count: u8 = 0;
    let mut before = mpsc::channel().1;
    loop {
        let (client, peer) = common::accept(listener);
        let screen = screen(peer);
        let mut turn = None;
        match mistake {
            "counts_clients_in_a_byte" => count = count.checked_add(1).expect("attempt to add with overflow"),
            "waits_for_the_first_byte_before_the_thread" => drop(client.peek(&mut [0])),
            "serves_in_order_of_arrival" => {
                let (spoken, follower) = mpsc::channel();
                turn = Some(Turn { before: mem::replace(&mut before, follower), _spoken: spoken });
            }
            _ => {}
        }
        let thread = thread::Builder::new().spawn(move || visit(client, &screen, turn))?;
        if mistake == "joins_each_thread_at_once" {
            let _ = thread.join();
        }
    }
}

/// A fixed number of threads, each with one client at a time.
fn pool(threads: usize, listener: &TcpListener, screen: impl Fn(SocketAddr) -> Screen + Sync) {
    let work = || {
        loop {
            let (client, peer) = common::accept(listener);
            visit(client, &screen(peer), None);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

/// The sockets of all clients that ever came, in `keeps_a_list_of_clients`.
static KEPT: Mutex<Vec<TcpStream>> = Mutex::new(Vec::new());

/// How many clients there are, in `poisons_a_lock`.
static CLIENTS: Mutex<usize> = Mutex::new(0);

/// One client, from beginning to end.
fn visit(client: TcpStream, screen: &Screen, turn: Option<Turn>) {
    match screen.mistake {
        "keeps_a_list_of_clients" => KEPT.lock().unwrap().extend(client.try_clone()),
        "poisons_a_lock" => *CLIENTS.lock().unwrap() += 1,
        _ => {}
    }
    screen.connected();
    let result = converse(&client, screen, turn);
    match screen.mistake {
        "keeps_a_list_of_clients" => drop(client.shutdown(Shutdown::Both)),
        "poisons_a_lock" => {
            let mut clients = CLIENTS.lock().unwrap();
            result.as_ref().expect("called unwrap() on an error");
            *clients -= 1;
        }
        "ends_with_a_clients_error" if result.is_err() => process::exit(1),
        _ => {}
    }
    if let Err(error) = result {
        complain!("Lost {}: {error}", screen.peer);
    }
    screen.closed();
    if screen.mistake == "leaves_the_connection_open" {
        mem::forget(client);
    } else {
        drop(client);
    }
    if screen.mistake == "has_threads_that_never_end" {
        loop {
            thread::park();
        }
    }
}

fn converse(mut client: &TcpStream, screen: &Screen, turn: Option<Turn>) -> io::Result<usize> {
    match screen.mistake {
        "serves_in_order_of_arrival" => common::echo(&mut InTurn { client, turn }, &mut client, screen),
        "ends_with_a_clients_error" | "poisons_a_lock" => {
            // An error shows before anything that is sent later is echoed; otherwise this would take luck.
            let moment = Duration::from_millis(60);
            common::echo(&mut Batches { client, moment, forgets_the_last: false }, &mut client, screen)
        }
        "locks_while_it_writes" => common::echo(&mut &*client, &mut Locked(client), screen),
        "swaps_the_replies_of_two_clients" => {
            common::echo(&mut &*client, &mut Swapping { client, peer: screen.peer }, screen)
        }
        "does_not_wait_for_its_writer" => echo_without_waiting(client, screen),
        _ => common::converse(client, screen),
    }
}

/// A client's place in the order of arrival: both ends are dropped when it has spoken, or has gone.
struct Turn {
    before: Receiver<()>,
    _spoken: Sender<()>,
}

/// Reads, but the first time not before all who came earlier have spoken.
struct InTurn<'a> {
    client: &'a TcpStream,
    turn: Option<Turn>,
}

impl Read for InTurn<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.client.read(buffer)?;
        if let Some(turn) = self.turn.take() {
            let _ = turn.before.recv();
        }
        Ok(count)
    }
}

/// Writes while it holds a lock that all clients share.
struct Locked<'a>(&'a TcpStream);

impl Write for Locked<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        static WRITING: Mutex<()> = Mutex::new(());
        let _guard = WRITING.lock().unwrap();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends for every hundredth line what another client has just sent.
struct Swapping<'a> {
    client: &'a TcpStream,
    peer: SocketAddr,
}

impl Write for Swapping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        static LATEST: Mutex<(usize, Option<(SocketAddr, Vec<u8>)>)> = Mutex::new((0, None));
        let mut reply = bytes.to_vec();
        if bytes.ends_with(b"\n") {
            let mut latest = LATEST.lock().unwrap();
            latest.0 += 1;
            let other = latest.1.replace((self.peer, bytes.into())).filter(|(peer, _)| *peer != self.peer);
            if let (0, Some((_, line))) = (latest.0 % 100, other) {
                reply = line;
            }
        }
        self.client.write_all(&reply)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hands all that is read to a thread that writes, and closes the connection without waiting for it.
fn echo_without_waiting(client: &TcpStream, screen: &Screen) -> io::Result<usize> {
    let (writer, handed) = mpsc::sync_channel::<Vec<u8>>(100);
    let mut to = client.try_clone()?;
    thread::spawn(move || {
        // Late enough to be behind when the client has sent its last; otherwise this would take luck.
        thread::sleep(Duration::from_millis(100));
        for bytes in handed {
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    let echoed = common::echo(&mut &*client, &mut Handing(writer), screen);
    let _ = client.shutdown(Shutdown::Both);
    echoed
}

struct Handing(SyncSender<Vec<u8>>);

impl Write for Handing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.into()).map_err(|_| ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One thread looks after all clients, and waits for nobody, except when it writes.
fn only_thread(listener: &TcpListener, screen: impl Fn(SocketAddr) -> Screen) -> io::Result<()> {
    let mut clients: Vec<(TcpStream, Screen)> = Vec::new();
    listener.set_nonblocking(true)?;
    loop {
        while let Ok((client, peer)) = listener.accept() {
            client.set_nonblocking(true)?;
            let screen = screen(peer);
            screen.connected();
            clients.push((client, screen));
        }
        clients.retain(|(client, screen)| match look_after(client, screen) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            Ok(1..) => true,
            _ => {
                screen.closed();
                false
            }
        });
        thread::sleep(Duration::from_millis(1));
    }
}

/// Echoes what has come, and returns how much that was.
fn look_after(mut client: &TcpStream, screen: &Screen) -> io::Result<usize> {
    let mut buffer = vec![0; 64 * 1024];
    let count = client.read(&mut buffer)?;
    if count == 0 {
        return Ok(0);
    }
    screen.received(&buffer[..count]);
    client.set_nonblocking(false)?;
    client.write_all(&buffer[..count])?;
    client.set_nonblocking(true)?;
    screen.echoed(&buffer[..count]);
    Ok(count)
}
