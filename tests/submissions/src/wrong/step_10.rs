//! Mistakes of step 10, which one makes with a single thread and readiness.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener as StdListener};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use support::complain;

use super::Mistake;
use super::common::{self, Screen, criteria as c, mistake};

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake(
        "drops_what_a_client_does_not_take",
        "write() takes a part, and it doesn't keep the rest",
        &[c::SLOW_READER, c::HALF_CLOSE, c::LINE_WITHOUT_END, TAKES_NOTHING],
    ),
    mistake(
        "tries_to_write_without_being_told",
        "while a client takes nothing it tries again and again, without asking to be told",
        &[TAKES_NOTHING],
    ),
    mistake(
        "stays_interested_in_writing",
        "once a client was owed something it asks for room to write for ever, and is told at once, always",
        &[TAKES_NOTHING],
    ),
    mistake(
        "reads_one_buffer_for_each_event",
        "an event comes once, it reads 4 KiB, and the rest waits for the next event",
        &[
            c::LONG_CONVERSATION,
            c::MEBIBYTE,
            c::SLOW_READER,
            c::HALF_CLOSE,
            c::LINE_WITHOUT_END,
            MEMORY,
            THE_END,
            TAKES_NOTHING,
        ],
    ),
    mistake(
        "stops_at_a_short_read",
        "a read that doesn't fill the buffer is the last, so the end that came with it isn't seen",
        &[c::HALF_CLOSE, THE_END],
    ),
    mistake(
        "accepts_one_client_for_each_event",
        "an event stands for several clients, and it accepts one of them",
        &[
            TOGETHER,
            CROWD,
            THREADS,
            MEMORY,
            IDLE_TIME,
            WHO_COMES,
            SHORTAGE,
            c::LEAVES_AT_ONCE,
            c::UNHEARD,
            SILENT,
            LAST_FIRST,
            A_HUNDRED,
            NOT_ANOTHERS,
            HELD_UP,
            LEAK,
            LINES,
        ],
    ),
    mistake("waits_in_write", "it makes the socket blocking to write, so one client stops all", &[HELD_UP]),
    mistake("reads_on_while_a_client_takes_nothing", "what a client is owed has no bound", &[c::NEVER_READS]),
    mistake(
        "forgets_what_it_owes_at_a_half_close",
        "read() returns 0, and it closes the connection without writing what is owed",
        &[c::HALF_CLOSE, THE_END],
    ),
    mistake(
        "ends_with_a_clients_reset",
        "the error of one client's socket ends the loop",
        &[c::LEAVES_AT_ONCE, c::RESET, c::NEVER_READS, c::UNHEARD, ANOTHERS_RESET, WHO_COMES, SHORTAGE],
    ),
    mistake(
        "spins_when_descriptors_are_short",
        "accept() fails for want of descriptors, and it tries again at once, always",
        &[SHORTAGE],
    ),
    mistake(
        "waits_for_an_event_when_descriptors_are_short",
        "accept() fails for want of descriptors, and it waits for an event that has already come",
        &[SHORTAGE],
    ),
    mistake(
        "keeps_who_has_gone_in_its_table",
        "a client that has gone stays in the table, with its socket",
        &[LEAK, SHORTAGE],
    ),
    mistake(
        "leaves_what_is_owed_to_the_next",
        "it keeps what is owed by token, and a new client with the token of one that has gone inherits it",
        &[c::RESET, c::NEVER_READS],
    ),
    mistake(
        "closes_by_a_token_that_is_given_away_again",
        "it notes the token of a client that was reset, gives it to a new one, and then closes what has it",
        &[WHO_COMES],
    ),
    mistake(
        "has_room_for_800_clients",
        "its table has 800 places, and who comes then is sent away",
        &[CROWD],
    ),
    mistake(
        "keeps_a_buffer_for_each_client",
        "each client has a buffer of 128 KiB, also idle ones",
        &[MEMORY],
    ),
    mistake("has_a_thread_for_each_client", "it is the server of step 02", &[THREADS]),
    mistake(
        "asks_every_client_in_turn",
        "a hundred times a second it asks all sockets, one after the other, whether there is something",
        &[IDLE_TIME],
    ),
];

const CROWD: &str = "crowd::a_thousand_clients_are_served_whoever_speaks";
const THREADS: &str = "crowd::costs::clients_cost_no_threads";
const MEMORY: &str = "crowd::costs::idle_clients_cost_little_memory";
const IDLE_TIME: &str = "crowd::costs::idle_clients_cost_no_processor_time";
const TOGETHER: &str = "readiness::at_once::clients_that_come_together_are_all_let_in";
const THE_END: &str = "readiness::at_once::the_end_may_come_together_with_the_last_message";
const WHO_COMES: &str = "readiness::at_once::who_comes_as_others_leave_gets_nothing_of_theirs";
const TAKES_NOTHING: &str = "readiness::a_client_that_takes_nothing_costs_no_processor_time";
const SHORTAGE: &str = "shortage::out_of_descriptors_it_logs_waits_and_serves_again";
const SILENT: &str = "together::a_silent_client_does_not_hold_up_another";
const LAST_FIRST: &str = "together::the_last_to_come_may_be_the_first_to_speak";
const A_HUNDRED: &str = "together::a_hundred_silent_clients_leave_room_for_another";
const NOT_ANOTHERS: &str = "together::no_client_gets_what_is_anothers";
const LINES: &str = "lines::lines_about_different_clients_do_not_mix";
const HELD_UP: &str = "together::a_client_that_never_reads_does_not_hold_up_another";
const ANOTHERS_RESET: &str = "together::a_reset_of_one_client_is_nothing_to_another";
const LEAK: &str = "together::clients_that_have_gone_leave_neither_thread_nor_descriptor";

const LISTENER: Token = Token(usize::MAX);

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> Result<()> {
    let about = "Echoes every byte back, to any number of clients at a time.";
    let (address, quiet) = common::command_line(mistake, about, words);
    if mistake == "has_a_thread_for_each_client" {
        let listener = common::bind(mistake, &address, StdListener::bind)?;
        common::announce(mistake, &address, listener.local_addr()?);
        thread_for_each(&listener, quiet);
    }
    let listener = common::bind(mistake, &address, TcpListener::bind)?;
    common::announce(mistake, &address, listener.local_addr()?);
    let (poll, clients, inheritance) = (Poll::new()?, BTreeMap::new(), BTreeMap::new());
    let mut server = Server { mistake, quiet, poll, listener, clients, inheritance, short: false };
    server.run()?;
    Ok(())
}

fn thread_for_each(listener: &StdListener, quiet: bool) -> ! {
    loop {
        let (mut client, peer) = common::accept(listener);
        let screen = Screen { mistake: "", quiet, peer, named: true };
        thread::spawn(move || -> io::Result<()> {
            screen.connected();
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = client.read(&mut buffer) {
                screen.received(&buffer[..count]);
                if client.write_all(&buffer[..count]).is_err() {
                    break;
                }
                screen.echoed(&buffer[..count]);
            }
            screen.closed();
            Ok(())
        });
    }
}

struct Server {
    mistake: &'static str,
    quiet: bool,
    poll: Poll,
    listener: TcpListener,
    clients: BTreeMap<usize, Client>,
    /// What clients that have gone were owed, in `leaves_what_is_owed_to_the_next`.
    inheritance: BTreeMap<usize, VecDeque<u8>>,
    /// The last attempt to accept failed.
    short: bool,
}

struct Client {
    stream: TcpStream,
    screen: Screen,
    owed: VecDeque<u8>,
    /// When it has last taken something.
    took: Instant,
    /// How much it has sent so far.
    sent: usize,
    /// It was owed something once.
    has_owed: bool,
    /// What the system says of it is not listened to.
    ignored: bool,
    interest: Interest,
    /// In `keeps_a_buffer_for_each_client`.
    _buffer: Vec<u8>,
}

impl Server {
    fn is(&self, mistake: &str) -> bool {
        self.mistake == mistake
    }

    fn run(&mut self) -> io::Result<()> {
        self.poll.registry().register(&mut self.listener, LISTENER, Interest::READABLE)?;
        let mut events = Events::with_capacity(1024);
        loop {
            let sent = || self.clients.values().map(|client| client.sent).sum::<usize>();
            if self.is("accepts_one_client_for_each_event") && sent() < 100_000 {
                thread::sleep(Duration::from_millis(20)); // so that those who come together are one event
            }
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            let mut tokens: Vec<Token> = events.iter().map(mio::event::Event::token).collect();
            tokens.extend(self.looked_after().into_iter().map(Token));
            let mut lost: Vec<usize> = Vec::new();
            let mut somebody_waits = self.short && !self.is("waits_for_an_event_when_descriptors_are_short");
            for token in tokens {
                if token == LISTENER {
                    somebody_waits = true;
                } else if self.serve(token.0)? {
                    lost.push(token.0);
                }
            }
            if somebody_waits {
                self.accept()?;
            }
            // So many are reset at a time only where it is graded: with fewer it would take luck.
            if self.is("closes_by_a_token_that_is_given_away_again") && lost.len() >= 10 {
                for key in &lost {
                    self.clients.remove(key);
                }
            }
        }
    }

    /// How long to wait for an event.
    fn timeout(&self) -> Option<Duration> {
        let owes = || self.clients.values().any(|client| !client.owed.is_empty());
        let spins = match self.mistake {
            "tries_to_write_without_being_told" => owes(),
            "stays_interested_in_writing" => self.clients.values().any(|client| client.has_owed),
            "spins_when_descriptors_are_short" => self.short,
            _ => false,
        };
        match self.mistake {
            _ if spins => Some(Duration::ZERO),
            "waits_for_an_event_when_descriptors_are_short" => None,
            "asks_every_client_in_turn" => Some(Duration::from_millis(10)),
            "reads_on_while_a_client_takes_nothing" if owes() => Some(Duration::from_millis(10)),
            _ => self.short.then_some(Duration::from_millis(100)),
        }
    }

    /// Who has a turn without an event.
    fn looked_after(&self) -> Vec<usize> {
        let all = match self.mistake {
            "asks_every_client_in_turn" => true,
            "tries_to_write_without_being_told" | "reads_on_while_a_client_takes_nothing" => false,
            _ => return Vec::new(),
        };
        let chosen = self.clients.iter().filter(|(_, client)| all || !client.owed.is_empty());
        chosen.map(|(key, _)| *key).collect()
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // It was reset before.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {
                    if self.is("ends_with_a_clients_reset") {
                        return Err(error);
                    }
                }
                Err(error) => {
                    if !self.short {
                        complain!("Cannot accept a client: {error}");
                    }
                    self.short = true;
                    return Ok(());
                }
            }
            if self.is("accepts_one_client_for_each_event") {
                break;
            }
        }
        self.short = false;
        Ok(())
    }

    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr) {
        if self.is("has_room_for_800_clients") && self.clients.len() == 800 {
            return;
        }
        let _ = stream.set_nodelay(true);
        let screen = Screen { mistake: self.mistake, quiet: self.quiet, peer, named: true };
        screen.connected();
        let key =
            (0..usize::MAX).find(|key| !self.clients.contains_key(key)).expect("there is a free number");
        if self.poll.registry().register(&mut stream, Token(key), Interest::READABLE).is_err() {
            return;
        }
        let size = if self.is("keeps_a_buffer_for_each_client") { 128 * 1024 } else { 0 };
        let client = Client {
            stream,
            screen,
            owed: self.inheritance.remove(&key).unwrap_or_default(),
            took: Instant::now(),
            sent: 0,
            has_owed: false,
            ignored: false,
            interest: Interest::READABLE,
            _buffer: vec![1; size],
        };
        self.clients.insert(key, client);
    }

    /// Gives a client its turn, and returns whether it was lost.
    fn serve(&mut self, key: usize) -> io::Result<bool> {
        let Some(client) = self.clients.get_mut(&key).filter(|client| !client.ignored) else {
            return Ok(false);
        };
        let open = client.turn().and_then(|open| {
            let interest = client.interest();
            let once = ["reads_one_buffer_for_each_event", "stops_at_a_short_read"].contains(&self.mistake);
            // To register again makes the system tell again what it has told.
            if interest != client.interest || !once {
                client.interest = interest;
                self.poll.registry().reregister(&mut client.stream, Token(key), interest)?;
            }
            Ok(open)
        });
        match &open {
            Ok(true) => return Ok(false),
            Ok(false) => {}
            Err(error) => complain!("Lost {}: {error}", client.screen.peer),
        }
        client.screen.closed();
        let is_lost = open.is_err();
        match self.mistake {
            "keeps_who_has_gone_in_its_table" => {
                let _ = client.stream.shutdown(Shutdown::Both);
                client.ignored = true;
                return Ok(is_lost);
            }
            // With a few words it takes luck that a reset doesn't overtake them.
            "leaves_what_is_owed_to_the_next" if client.owed.len() > 100 => {
                self.inheritance.insert(key, mem::take(&mut client.owed));
            }
            "ends_with_a_clients_reset" => drop(open?),
            _ => {}
        }
        self.clients.remove(&key);
        Ok(is_lost)
    }
}

impl Client {
    /// Writes what is owed, reads, echoes. Returns false when the client has sent its last.
    fn turn(&mut self) -> io::Result<bool> {
        self.pay()?;
        let mistake = self.screen.mistake;
        let size = if mistake == "reads_one_buffer_for_each_event" { 4096 } else { 64 * 1024 };
        let mut buffer = vec![0; size];
        let reads = if mistake == "stops_at_a_short_read" { usize::MAX } else { 16 };
        for _ in 0..reads {
            if !self.may_read() {
                break;
            }
            let Some(count) = unless_blocked(self.stream.read(&mut buffer))? else { break };
            let bytes = &buffer[..count];
            if count == 0 {
                return Ok(false);
            }
            self.screen.received(bytes);
            self.sent += count;
            self.owed.extend(bytes);
            // A few words that are no line may be the last: so that the end comes before the next read, there is a pause.
            let may_be_the_last = !bytes.ends_with(b"\n") && self.sent < 1000;
            let pause = Duration::from_millis(if may_be_the_last { 10 } else { 0 });
            match mistake {
                "forgets_what_it_owes_at_a_half_close" => {
                    thread::sleep(pause);
                    continue; // it writes what it has read when there is no more to read
                }
                "stops_at_a_short_read" if count < size => {
                    self.pay()?;
                    thread::sleep(pause);
                    self.ignored =
                        may_be_the_last && self.stream.peek(&mut [0]).is_ok_and(|count| count == 0);
                    break;
                }
                _ => self.pay()?,
            }
            if mistake == "reads_one_buffer_for_each_event" {
                break;
            }
        }
        self.pay()?;
        Ok(true)
    }

    fn may_read(&self) -> bool {
        const MUCH: usize = 4 * 1024 * 1024;
        match self.screen.mistake {
            // A client that does read is hardly overtaken, so that what is owed grows for one that doesn't.
            "reads_on_while_a_client_takes_nothing" => {
                self.owed.len() < MUCH || self.took.elapsed() > Duration::from_millis(200)
            }
            "forgets_what_it_owes_at_a_half_close" => self.owed.len() < MUCH,
            _ => self.owed.is_empty(),
        }
    }

    fn interest(&self) -> Interest {
        match self.screen.mistake {
            _ if self.owed.is_empty() => Interest::READABLE,
            "tries_to_write_without_being_told" => Interest::READABLE,
            "reads_on_while_a_client_takes_nothing" if self.may_read() => {
                Interest::READABLE | Interest::WRITABLE
            }
            _ => Interest::WRITABLE,
        }
    }

    /// Writes of what is owed as much as the client takes.
    fn pay(&mut self) -> io::Result<()> {
        while !self.owed.is_empty() {
            let bytes = self.owed.make_contiguous();
            // Until it has sent more than all buffers hold, it takes luck that a write takes a part.
            let drops = self.screen.mistake == "drops_what_a_client_does_not_take" && self.sent > 2_000_000;
            let end = if drops { bytes.len().div_ceil(2) } else { bytes.len() };
            match unless_blocked(self.stream.write(&bytes[..end]))? {
                Some(count) => {
                    self.screen.echoed(&bytes[..count]);
                    self.owed.drain(..count);
                    self.took = Instant::now();
                }
                None if self.screen.mistake == "waits_in_write" => thread::sleep(Duration::from_millis(5)),
                None if !drops => {
                    self.has_owed = true;
                    return Ok(());
                }
                None => {}
            }
            if drops {
                self.owed.clear();
            }
        }
        self.owed = VecDeque::new(); // gives its memory back
        Ok(())
    }
}

fn unless_blocked(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}
