//! Mistakes of step 10, the kind that a single thread and readiness invite.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use support::complain;

use super::screen::Screen;
use super::tests::*;
use super::{Mistake, command_line, it, mistake, step_02};

mistakes! {
    drops_what_a_client_does_not_take: "write() takes a part, and it doesn't keep the rest" =>
        [SLOW_READER, HALF_CLOSE, LINE_WITHOUT_END, TAKES_NOTHING];
    stays_interested_in_writing:
        "after a first wait for room to write it asks for that forever, and never sleeps again" => [TAKES_NOTHING];
    reads_one_buffer_for_each_event: "an event comes once, it reads 4 KiB, and the rest waits for the next event" =>
        [LONG_CONVERSATION, MEBIBYTE, SLOW_READER, HALF_CLOSE, LINE_WITHOUT_END, MEMORY, THE_END, TAKES_NOTHING];
    stops_at_a_short_read:
        "after a read that doesn't fill the buffer it waits, and misses the end that came with it" =>
        [HALF_CLOSE, THE_END];
    accepts_one_client_for_each_event: "an event stands for several clients, and it accepts one of them" => [
        TOGETHER, CROWD, THREADS, MEMORY, IDLE_TIME, WHO_COMES, SHORTAGE, LEAVES_AT_ONCE, UNHEARD, SILENT, LAST_FIRST,
        A_HUNDRED, NOT_ANOTHERS, HELD_UP, LEAK, LINES
    ];
    waits_in_write: "it makes the socket blocking to write, so one client stops all" => [HELD_UP];
    reads_on_while_a_client_takes_nothing: "what it still has to send to a client has no bound" => [NEVER_READS];
    forgets_what_it_owes_at_a_half_close: "read() returns 0, and it closes the connection without writing the rest" =>
        [HALF_CLOSE, THE_END];
    ends_with_a_clients_reset: "the error of one client's socket ends the loop" =>
        [LEAVES_AT_ONCE, RESET, NEVER_READS, UNHEARD, ANOTHERS_RESET, WHO_COMES, SHORTAGE];
    spins_when_descriptors_are_short: "accept() fails for want of descriptors, and it tries again without a pause" =>
        [SHORTAGE];
    waits_for_an_event_when_descriptors_are_short:
        "accept() fails for want of descriptors, and it waits for an event that has already come" => [SHORTAGE];
    keeps_who_has_gone_in_its_table: "a disconnected client stays in the table, with its socket" => [LEAK, SHORTAGE];
    leaves_what_is_owed_to_the_next: "a new client inherits what the last one with its token didn't take" =>
        [RESET, NEVER_READS];
    closes_by_a_token_that_is_given_away_again:
        "it notes the token of a client that was reset, gives it to a new one, and then closes what has it" =>
        [WHO_COMES];
    has_room_for_800_clients: "its table has 800 places, and further clients are sent away" => [CROWD];
    keeps_a_buffer_for_each_client: "each client has a buffer of 128 KiB, even an idle one" => [MEMORY];
    has_a_thread_for_each_client: "it is the server of step 02" => [THREADS];
    asks_every_client_in_turn:
        "a hundred times a second it asks all sockets, one after the other, whether one is ready" => [IDLE_TIME];
}

tests! {
    CROWD = "crowd::a_thousand_clients_are_served_whoever_speaks"
    THREADS = "crowd::costs::clients_cost_no_threads"
    MEMORY = "crowd::costs::idle_clients_cost_little_memory"
    IDLE_TIME = "crowd::costs::idle_clients_cost_no_processor_time"
    TOGETHER = "readiness::at_once::clients_that_come_together_are_all_let_in"
    THE_END = "readiness::at_once::the_end_may_come_together_with_the_last_message"
    WHO_COMES = "readiness::at_once::who_comes_as_others_leave_gets_nothing_of_theirs"
    TAKES_NOTHING = "readiness::a_client_that_takes_nothing_costs_no_processor_time"
}

const LISTENER: Token = Token(usize::MAX);

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    if it("has_a_thread_for_each_client") {
        return step_02::serve(words);
    }
    let (address, quiet) =
        command_line::parse("Echoes every byte back, to any number of clients at once.", words);
    let listener = command_line::bind(&address, TcpListener::bind)?;
    command_line::announce(&address, listener.local_addr()?);
    let (clients, inheritance) = (BTreeMap::new(), BTreeMap::new());
    Server { quiet, poll: Poll::new()?, listener, clients, inheritance, short: false }.run()?;
    Ok(())
}

struct Server {
    quiet: bool,
    poll: Poll,
    listener: TcpListener,
    clients: BTreeMap<usize, Client>,
    /// What disconnected clients were owed, in `leaves_what_is_owed_to_the_next`.
    inheritance: BTreeMap<usize, VecDeque<u8>>,
    /// The last attempt to accept failed.
    short: bool,
}

impl Server {
    fn run(&mut self) -> io::Result<()> {
        self.poll.registry().register(&mut self.listener, LISTENER, Interest::READABLE)?;
        let mut events = Events::with_capacity(1024);
        loop {
            let sent = || self.clients.values().map(|client| client.sent).sum::<usize>();
            if it("accepts_one_client_for_each_event") && sent() < 100_000 {
                thread::sleep(Duration::from_millis(20)); // so that clients that come together are one event
            }
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            let mut somebody_waits = self.short && !it("waits_for_an_event_when_descriptors_are_short");
            let mut lost = Vec::new();
            let ready = events.iter().map(|event| event.token().0).chain(self.looked_after());
            for key in ready.collect::<Vec<_>>() {
                if key == LISTENER.0 {
                    somebody_waits = true;
                } else if self.serve(key)? {
                    lost.push(key);
                }
            }
            if somebody_waits {
                self.accept()?;
            }
            // Only in one test are so many reset at once: with fewer it would take luck.
            if it("closes_by_a_token_that_is_given_away_again") && lost.len() >= 10 {
                self.clients.retain(|key, _| !lost.contains(key));
            }
        }
    }

    /// How long to wait for an event.
    fn timeout(&self) -> Option<Duration> {
        const TICK: Duration = Duration::from_millis(10);
        let any = |has: fn(&Client) -> bool| self.clients.values().any(has);
        match mistake() {
            "stays_interested_in_writing" if any(|client| client.has_owed) => Some(Duration::ZERO),
            "spins_when_descriptors_are_short" if self.short => Some(Duration::ZERO),
            "waits_for_an_event_when_descriptors_are_short" => None,
            "asks_every_client_in_turn" => Some(TICK),
            "reads_on_while_a_client_takes_nothing" if any(|client| !client.owed.is_empty()) => Some(TICK),
            _ => self.short.then_some(10 * TICK),
        }
    }

    /// The clients that have a turn without an event.
    fn looked_after(&self) -> Vec<usize> {
        let has_turn = |client: &Client| match mistake() {
            "asks_every_client_in_turn" => true,
            "reads_on_while_a_client_takes_nothing" => !client.owed.is_empty(),
            _ => false,
        };
        self.clients.iter().filter(|(_, client)| has_turn(client)).map(|(key, _)| *key).collect()
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {
                    if it("ends_with_a_clients_reset") {
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
            if it("accepts_one_client_for_each_event") {
                break;
            }
        }
        self.short = false;
        Ok(())
    }

    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr) {
        if it("has_room_for_800_clients") && self.clients.len() == 800 {
            return;
        }
        let _ = stream.set_nodelay(true);
        let screen = Screen { quiet: self.quiet, peer, named: true };
        screen.connected();
        let key =
            (0..usize::MAX).find(|key| !self.clients.contains_key(key)).expect("there is a free number");
        if self.poll.registry().register(&mut stream, Token(key), Interest::READABLE).is_err() {
            return;
        }
        let size = if it("keeps_a_buffer_for_each_client") { 128 * 1024 } else { 0 };
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
            let once = it("reads_one_buffer_for_each_event") || it("stops_at_a_short_read");
            // To register again makes the kernel report again what it has reported.
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
        match mistake() {
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
    /// Its events are ignored.
    ignored: bool,
    interest: Interest,
    /// In `keeps_a_buffer_for_each_client`.
    _buffer: Vec<u8>,
}

impl Client {
    /// Writes what is owed, reads, echoes. Returns false when the client has sent its last byte.
    fn turn(&mut self) -> io::Result<bool> {
        self.pay()?;
        let mut buffer = vec![0; if it("reads_one_buffer_for_each_event") { 4096 } else { 64 * 1024 }];
        let reads = match mistake() {
            "reads_one_buffer_for_each_event" => 1,
            "stops_at_a_short_read" => usize::MAX,
            _ => 16,
        };
        for _ in 0..reads {
            if !self.may_read() {
                break;
            }
            let Some(count) = unless_blocked(self.stream.read(&mut buffer))? else { break };
            if count == 0 {
                return Ok(false);
            }
            let bytes = &buffer[..count];
            self.screen.received(bytes);
            self.sent += count;
            self.owed.extend(bytes);
            // A few words that are no line may be the last. With a pause, the end comes before the next read.
            let may_be_the_last = !bytes.ends_with(b"\n") && self.sent < 1000;
            let pause = Duration::from_millis(if may_be_the_last { 10 } else { 0 });
            if it("forgets_what_it_owes_at_a_half_close") {
                thread::sleep(pause);
                continue; // it writes what it has read when there is no more to read
            }
            self.pay()?;
            if it("stops_at_a_short_read") && count < buffer.len() {
                thread::sleep(pause);
                self.ignored = may_be_the_last && self.stream.peek(&mut [0]).is_ok_and(|count| count == 0);
                break;
            }
        }
        self.pay()?;
        Ok(true)
    }

    fn may_read(&self) -> bool {
        const MUCH: usize = 4 * 1024 * 1024;
        match mistake() {
            // A client that does read is hardly overtaken, so what is owed grows only for one that doesn't.
            "reads_on_while_a_client_takes_nothing" => {
                self.owed.len() < MUCH || self.took.elapsed() > Duration::from_millis(200)
            }
            "forgets_what_it_owes_at_a_half_close" => self.owed.len() < MUCH,
            _ => self.owed.is_empty(),
        }
    }

    fn interest(&self) -> Interest {
        match mistake() {
            _ if self.owed.is_empty() => Interest::READABLE,
            "reads_on_while_a_client_takes_nothing" if self.may_read() => {
                Interest::READABLE | Interest::WRITABLE
            }
            _ => Interest::WRITABLE,
        }
    }

    /// Writes as much of what is owed as the client takes.
    fn pay(&mut self) -> io::Result<()> {
        while !self.owed.is_empty() {
            let bytes = self.owed.make_contiguous();
            // Until it has sent more than all buffers hold, it takes luck that a write takes a part.
            let drops = it("drops_what_a_client_does_not_take") && self.sent > 2_000_000;
            let end = if drops { bytes.len().div_ceil(2) } else { bytes.len() };
            match unless_blocked(self.stream.write(&bytes[..end]))? {
                Some(count) => {
                    self.screen.echoed(&bytes[..count]);
                    self.owed.drain(..count);
                    self.took = Instant::now();
                }
                None if it("waits_in_write") || it("waits_in_write_with_its_only_thread") => {
                    thread::sleep(Duration::from_millis(5));
                }
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
