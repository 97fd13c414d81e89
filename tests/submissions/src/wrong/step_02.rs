//! Mistakes of step 02, above all those about many clients at a time.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use support::complain;

use super::Mistake;
use super::common::{self, Screen, criteria as c, mistake};

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake(
        "joins_each_thread_at_once",
        "it waits for the end of a client's thread before it accepts the next client",
        &[SILENT, LAST_FIRST, A_HUNDRED, NOT_ANOTHERS, HELD_UP, LEAK, LINES],
    ),
    mistake(
        "serves_in_order_of_arrival",
        "a client is not answered before all that came earlier have spoken",
        IN_ORDER,
    ),
    mistake(
        "waits_for_the_first_byte_before_the_thread",
        "it waits for a client's first byte before it accepts the next",
        IN_ORDER,
    ),
    mistake(
        "has_a_pool_of_16_threads",
        "16 threads serve a client each, and the 17th client waits",
        &[A_HUNDRED, NOT_ANOTHERS, LEAK],
    ),
    mistake(
        "has_a_pool_of_64_threads",
        "64 threads serve a client each, and the 65th client waits",
        &[A_HUNDRED],
    ),
    mistake("locks_while_it_writes", "all clients share a lock that is held during write()", &[HELD_UP]),
    mistake(
        "waits_in_write_with_its_only_thread",
        "one thread looks after all sockets, and write() blocks it",
        &[HELD_UP],
    ),
    mistake(
        "swaps_the_replies_of_two_clients",
        "every hundredth line is answered with another client's",
        &[NOT_ANOTHERS],
    ),
    mistake(
        "ends_with_a_clients_error",
        "the error of one client's socket ends the whole server",
        &[c::LEAVES_AT_ONCE, c::RESET, c::NEVER_READS, c::UNHEARD, c::LOST, ANOTHERS_RESET],
    ),
    mistake(
        "drops_older_clients_when_one_is_reset",
        "it removes from its list a client that was reset, and all before it",
        &[ANOTHERS_RESET],
    ),
    mistake(
        "keeps_a_list_of_clients",
        "it keeps a clone of each client's socket in a list that only grows",
        &[LEAK],
    ),
    mistake("has_threads_that_never_end", "a client's thread goes on without its client", &[LEAK]),
    mistake("counts_clients_in_a_byte", "it counts its clients in a u8, and panics at the 256th", &[LEAK]),
    mistake(
        "leaves_the_connection_open",
        "the socket of a client that has sent its last stays open",
        &[c::HALF_CLOSE, c::ONE_AFTER_ANOTHER, LEAK],
    ),
    mistake(
        "does_not_wait_for_its_writer",
        "the connection is closed while a thread still has to write to it",
        &[c::HALF_CLOSE],
    ),
    mistake(
        "prints_a_line_in_pieces",
        "it prints a line in two pieces, and another thread's comes in between",
        &[LINES],
    ),
    mistake(
        "names_the_client_that_came_last",
        "its lines name the client that came last, whoever it is that spoke",
        &[LINES],
    ),
    mistake(
        "queues_without_bound",
        "it goes on reading from a client that doesn't take its echo",
        &[c::NEVER_READS],
    ),
    mistake("ignores_ctrl_c", "its handler of Ctrl+C does nothing", &[c::INTERRUPT]),
    mistake(
        "says_echoed_before_received",
        "it says that it has echoed before it says what it has received",
        &[c::EACH_EVENT],
    ),
];

const SILENT: &str = "together::a_silent_client_does_not_hold_up_another";
const LAST_FIRST: &str = "together::the_last_to_come_may_be_the_first_to_speak";
const A_HUNDRED: &str = "together::a_hundred_silent_clients_leave_room_for_another";
const NOT_ANOTHERS: &str = "together::no_client_gets_what_is_anothers";
const HELD_UP: &str = "together::a_client_that_never_reads_does_not_hold_up_another";
const ANOTHERS_RESET: &str = "together::a_reset_of_one_client_is_nothing_to_another";
const LEAK: &str = "together::clients_that_have_gone_leave_neither_thread_nor_descriptor";
const LINES: &str = "lines::lines_about_different_clients_do_not_mix";

/// The criteria in which the first to come are not the first to speak.
const IN_ORDER: &[&str] = &[SILENT, LAST_FIRST, A_HUNDRED];

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
            "keeps_a_list_of_clients" => KEPT.lock().unwrap().push(client.try_clone()?),
            "ends_with_a_clients_error" | "drops_older_clients_when_one_is_reset" => {
                PRESENT.lock().unwrap().push((peer, client.try_clone()?));
            }
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

/// The clients that are there, for the mistakes about the error of one of them.
static PRESENT: Mutex<Vec<(SocketAddr, TcpStream)>> = Mutex::new(Vec::new());

/// Takes a client off the list, and with a mistake closes the connections of those who stand before it.
fn forget(gone: SocketAddr, and_older_ones: bool) {
    let mut present = PRESENT.lock().unwrap();
    let Some(place) = present.iter().position(|(peer, _)| *peer == gone) else { return };
    let removed = if and_older_ones { present.drain(..=place) } else { present.drain(place..=place) };
    for (_, client) in removed {
        let _ = client.shutdown(Shutdown::Both);
    }
}

/// Whether a client that came after this one was reset; its own thread may not know it yet. To wait for that would take
/// luck.
fn a_later_one_is_reset(peer: SocketAddr) -> bool {
    let present = PRESENT.lock().unwrap();
    present.iter().skip_while(|(other, _)| *other != peer).any(|(_, client)| client.peer_addr().is_err())
}

/// One client, from beginning to end.
fn visit(client: TcpStream, screen: &Screen, turn: Option<Turn>) {
    screen.connected();
    let result = converse(&client, screen, turn);
    match screen.mistake {
        "keeps_a_list_of_clients" => drop(client.shutdown(Shutdown::Both)),
        "ends_with_a_clients_error" if result.is_err() => process::exit(1),
        "ends_with_a_clients_error" => forget(screen.peer, false),
        "drops_older_clients_when_one_is_reset" => forget(screen.peer, result.is_err()),
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
        "ends_with_a_clients_error" => common::echo(&mut &*client, &mut Attentive(client), screen),
        "drops_older_clients_when_one_is_reset" => {
            common::echo(&mut &*client, &mut Droppable { client, peer: screen.peer }, screen)
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

/// Writes, unless another client was reset before: that client's own thread would end the server a moment later, and to
/// be earlier would take luck.
struct Attentive<'a>(&'a TcpStream);

impl Write for Attentive<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_reset = |client: &TcpStream| client.peer_addr().is_err();
        if PRESENT.lock().unwrap().iter().any(|(_, client)| is_reset(client)) {
            process::exit(1);
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes, unless a client that came later was reset before.
struct Droppable<'a> {
    client: &'a TcpStream,
    peer: SocketAddr,
}

impl Write for Droppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if a_later_one_is_reset(self.peer) {
            return Err(ErrorKind::NotConnected.into());
        }
        self.client.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        static LATEST: Mutex<Option<(SocketAddr, Vec<u8>)>> = Mutex::new(None);
        let mut reply = bytes.to_vec();
        if bytes.ends_with(b"\n") {
            let latest = LATEST.lock().unwrap().replace((self.peer, bytes.into()));
            let others = latest.filter(|(peer, _)| *peer != self.peer);
            if let (0, Some((_, line))) = (COUNT.fetch_add(1, Ordering::SeqCst) % 100, others) {
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
    let (mut queue, queued) = common::queue(Duration::MAX);
    let writer = client.try_clone()?;
    thread::spawn(move || {
        // Late enough to be behind when the client has sent its last; otherwise this would take luck.
        thread::sleep(Duration::from_millis(100));
        queued.write_all_to(&writer);
    });
    let echoed = common::echo(&mut &*client, &mut queue, screen);
    let _ = client.shutdown(Shutdown::Both);
    echoed
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
