//! One client of step 01 or 02, from its first byte to its last, with the mistakes that can be made about it.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use support::complain;

use super::neighbors;
use super::queue::{Queue, queue};
use super::reply;
use super::screen::Screen;
use super::{exit, it, mistake};

/// Waits for the next client; an error is no reason to end.
pub fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept() {
            Ok((client, peer)) => {
                let _ = client.set_nodelay(true);
                return (client, peer);
            }
            Err(error) => complain!("Cannot accept a client: {error}"),
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Serves one client.
pub fn visit(client: TcpStream, screen: &Screen) {
    screen.connected();
    let result = converse(&client, screen);
    match (mistake(), &result) {
        ("panics_when_a_client_says_nothing", Ok(0)) => panic!("called unwrap() on None"),
        ("panics_at_a_clients_error", Err(error)) => panic!("called unwrap() on {error}"),
        ("ends_with_a_clients_error", Err(_)) => exit(1),
        ("ends_with_a_clients_error", Ok(_)) => neighbors::forget(screen.peer, false),
        ("drops_older_clients_when_one_is_reset", _) => neighbors::forget(screen.peer, result.is_err()),
        ("keeps_a_list_of_clients", _) => drop(client.shutdown(Shutdown::Both)),
        _ => {}
    }
    if let Err(error) = &result {
        complain!("Lost {}: {error}", screen.peer);
    }
    if result.is_ok() || !it("never_says_that_a_lost_client_has_gone") {
        screen.closed();
    }
    if it("leaves_the_connection_open") {
        mem::forget(client);
        return;
    }
    drop(client);
    while it("has_threads_that_never_end") {
        thread::park();
    }
}

/// Echoes until the client has sent its last byte, and returns how much that was.
fn converse(client: &TcpStream, screen: &Screen) -> io::Result<usize> {
    if it("calls_write_once") {
        // A large write never fits, however fast the client reads.
        tokio::net::TcpSocket::from_std_stream(client.try_clone()?).set_send_buffer_size(16 * 1024)?;
    }
    let lines = BufReader::new(client);
    let mut visit = Visit { client, screen, echoed: 0, lines, line: VecDeque::new(), queue: None };
    if it("queues_without_bound") || it("does_not_wait_for_its_writer") {
        return visit.echo_by_queue();
    }
    visit.echo()
}

struct Visit<'a> {
    client: &'a TcpStream,
    screen: &'a Screen,
    echoed: usize,
    /// In `needs_a_newline`.
    lines: BufReader<&'a TcpStream>,
    /// The line that a mistake collects.
    line: VecDeque<u8>,
    /// What a thread of its own writes, if that is part of the mistake.
    queue: Option<Queue>,
}

impl Visit<'_> {
    fn echo(&mut self) -> io::Result<usize> {
        // There, a thread is all that a client costs too much.
        let size = if it("has_a_thread_for_each_client") { 4096 } else { 256 * 1024 };
        let mut buffer = vec![0; size];
        loop {
            let count = self.read(&mut buffer)?;
            if count == 0 {
                return Ok(self.echoed);
            }
            let bytes = &buffer[..count];
            self.screen.received(bytes);
            self.write(&reply::to(self.screen.peer, bytes))?;
            self.screen.echoed(bytes);
            self.echoed += count;
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut client = self.client;
        match mistake() {
            "needs_a_newline" => self.read_line(buffer),
            "forgets_the_last_words" | "calls_write_once" => self.read_batch(buffer),
            "is_right_up_to_64_kib" => {
                let room = (64 * 1024 - self.echoed).min(buffer.len());
                client.read(&mut buffer[..room])
            }
            "keeps_the_whole_line" => {
                let count = client.read(buffer)?;
                self.line.extend(&buffer[..count]);
                if buffer[..count].ends_with(b"\n") {
                    self.line.clear();
                }
                Ok(count)
            }
            _ => client.read(buffer),
        }
    }

    /// Reads a whole line, which may take more than one buffer.
    fn read_line(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() {
            let mut line = Vec::new();
            self.lines.read_until(b'\n', &mut line)?;
            self.line = line.into();
        }
        self.line.read(buffer)
    }

    /// Reads what comes within a moment, to echo it in one go.
    fn read_batch(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut client = self.client;
        let mut count = client.read(buffer)?;
        client.set_read_timeout(Some(Duration::from_millis(30)))?;
        while count > 0 && count < buffer.len() {
            match client.read(&mut buffer[count..]) {
                Ok(0) if it("forgets_the_last_words") => count = 0,
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                Err(error) => return Err(error),
            }
        }
        client.set_read_timeout(None)?;
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        static WRITING: Mutex<()> = Mutex::new(());
        let _guard = it("locks_while_it_writes").then(|| WRITING.lock().unwrap());
        let mut client = self.client;
        match (mistake(), &mut self.queue) {
            (_, Some(queue)) => queue.add(bytes),
            ("calls_write_once", _) => {
                // What doesn't fit into the kernel's buffer is lost.
                client.set_nonblocking(true)?;
                let _ = client.write(bytes);
                client.set_nonblocking(false)
            }
            // That client's own thread would end the server a moment later; to be earlier would take luck.
            ("ends_with_a_clients_error", _) if neighbors::one_is_reset() => exit(1),
            ("drops_older_clients_when_one_is_reset", _)
                if neighbors::a_later_one_is_reset(self.screen.peer) =>
            {
                Err(ErrorKind::NotConnected.into())
            }
            _ => client.write_all(bytes),
        }
    }

    /// Echoes by a queue and a thread that writes.
    fn echo_by_queue(&mut self) -> io::Result<usize> {
        let waits = it("queues_without_bound");
        let (queue, queued) = queue(if waits { Duration::from_millis(8) } else { Duration::MAX });
        let client = self.client.try_clone()?;
        let writer = thread::spawn(move || {
            if !waits {
                // Late enough to be behind when the client has sent its last byte; by itself this would take luck.
                thread::sleep(Duration::from_millis(100));
            }
            queued.write_all_to(&client);
        });
        self.queue = Some(queue);
        let echoed = self.echo();
        self.queue = None; // ends the thread
        if waits {
            let _ = writer.join();
        } else {
            let _ = self.client.shutdown(Shutdown::Both);
        }
        echoed
    }
}
