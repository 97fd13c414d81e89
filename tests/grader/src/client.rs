//! A client over TCP that does what a criterion tells it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::check::Check;
use crate::diagram::Line;
use crate::excerpt::Excerpt;
use crate::patience;
use crate::report::{Detail, Verdict};
use crate::server::Shared;

/// The longest line that [`Client::expect_line`] reads.
const LONGEST_LINE: usize = 64 * 1024;

/// More than anybody has to say before the end of a connection.
const ENOUGH: usize = 64 * 1024 * 1024;

/// A flood counts as blocked when so many looks at it, one after the other, have seen no progress. A busy machine can
/// hold up a single one.
const STUCK_LOOKS: u32 = 5;
const LOOK: Duration = Duration::from_millis(200);

/// A connection to the server under test, or one that a client under test has made to a [`Peer`](crate::Peer).
pub struct Client {
    shared: Arc<Shared>,
    number: usize,
    pub(crate) stream: TcpStream,
    flood: Option<JoinHandle<()>>,
}

/// Why reading has ended before all was read.
enum Trouble {
    Silence,
    /// The time is over, and still a little comes now and then.
    Trickle,
    Closed,
    Reset(io::Error),
}

impl Client {
    pub(crate) fn connect(shared: &Arc<Shared>, address: SocketAddr, name: &str) -> Check<Self> {
        let number = shared.conversation.join(name);
        match TcpStream::connect_timeout(&address, patience::event()) {
            Ok(stream) => {
                shared.conversation.did(number, Line::Control, "connect");
                stream.set_nodelay(true).expect("it is a TCP socket");
                Check::met(Self { shared: Arc::clone(shared), number, stream, flood: None })
            }
            Err(error) => {
                shared.conversation.note(number, error.kind().to_string());
                let detail = format!("expected a server at {address}: {error}");
                Check::failed(shared.failure(Verdict::NeverListened, detail))
            }
        }
    }

    /// The connection of a submission that is a client: what can be done with it is the same.
    pub(crate) fn accepted(shared: &Arc<Shared>, stream: TcpStream, name: &str) -> Self {
        let number = shared.conversation.join(name);
        shared.conversation.noticed(number, "connect");
        stream.set_nodelay(true).expect("it is a TCP socket");
        Self { shared: Arc::clone(shared), number, stream, flood: None }
    }

    /// The client's own address, as the server sees it.
    pub fn address(&self) -> SocketAddr {
        self.stream.local_addr().expect("it is connected")
    }

    /// Sends all bytes. If that fails, what is expected next will not come, and the picture says why.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.shared.conversation.sent(self.number, Line::Bytes, bytes);
        self.stream.set_write_timeout(Some(patience::event())).expect("the time is not 0");
        if let Err(error) = self.stream.write_all(bytes) {
            self.note(format!("cannot send: {}", error.kind()));
        }
    }

    /// Sends all bytes, and they are taken: the other side reads.
    pub fn expect_taken(&mut self, bytes: impl AsRef<[u8]>) -> Check {
        let bytes = bytes.as_ref();
        self.shared.conversation.sent(self.number, Line::Bytes, bytes);
        self.stream.set_write_timeout(Some(patience::event())).expect("the time is not 0");
        let Err(error) = self.stream.write_all(bytes) else { return Check::met(()) };
        self.note(format!("cannot send: {}", error.kind()));
        let role = self.shared.conversation.role();
        self.fail(Verdict::Silent, format!("expected the {role} to read what it is sent: {}", error.kind()))
    }

    /// The next bytes are these.
    pub fn expect(&mut self, bytes: impl AsRef<[u8]>) -> Check {
        let expected = bytes.as_ref();
        let mut buffer = vec![0; expected.len().clamp(1, 64 * 1024)];
        let mut done = 0;
        let time = Instant::now() + patience::stream(expected.len());
        while done < expected.len() {
            let room = buffer.len().min(expected.len() - done);
            match self.read(&mut buffer[..room], time) {
                Ok(count) if buffer[..count] == expected[done..done + count] => done += count,
                Ok(count) => {
                    let received = [&expected[..done], &buffer[..count]].concat();
                    return self.fail(Verdict::WrongBytes, Detail::difference(expected, &received));
                }
                Err(trouble) => return self.missing(expected, done, &trouble),
            }
        }
        Check::met(())
    }

    /// The next bytes are a line; returns it without its `\n`.
    pub fn expect_line(&mut self) -> Check<String> {
        let mut line = Vec::new();
        let time = Instant::now() + patience::event();
        let mut buffer = [0; 1024];
        while line.len() < LONGEST_LINE {
            match self.receive(&mut buffer, time, up_to_newline) {
                Ok(count) => line.extend_from_slice(&buffer[..count]),
                Err(trouble) => {
                    let (verdict, what) = trouble.told(self.shared.conversation.role());
                    let detail = Detail::expected("a line").received(excerpt(&line)).note(what);
                    return Check::failed(self.shared.failure(verdict, detail));
                }
            }
            if let Some(line) = line.strip_suffix(b"\n") {
                return Check::met(String::from_utf8_lossy(line).into_owned());
            }
        }
        let received = format!("{LONGEST_LINE} bytes without an end of line");
        let detail = Detail::expected("a line").received(received);
        Check::failed(self.shared.failure(Verdict::WrongBytes, detail))
    }

    /// The server closes the connection in order, with nothing more to read.
    pub fn expect_end(&mut self) -> Check {
        let mut buffer = [0; 256];
        match self.read(&mut buffer, Instant::now() + patience::event()) {
            Err(Trouble::Closed) => Check::met(()),
            Ok(count) => {
                let detail = Detail::expected("end of file").received(excerpt(&buffer[..count]));
                self.fail(Verdict::WrongBytes, detail)
            }
            Err(trouble) => {
                let (verdict, what) = trouble.told(self.shared.conversation.role());
                self.fail(verdict, Detail::expected("end of file").nothing().note(what))
            }
        }
    }

    /// Reads until the connection has ended, in order or not, and returns all that came.
    pub fn expect_gone(&mut self) -> Check<Vec<u8>> {
        let mut received = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        while received.len() < ENOUGH {
            match self.read(&mut buffer, self.shared.deadline) {
                Ok(count) => received.extend_from_slice(&buffer[..count]),
                Err(Trouble::Closed | Trouble::Reset(_)) => return Check::met(received),
                Err(Trouble::Silence | Trouble::Trickle) => break,
            }
        }
        let detail = "expected the end of the connection, and it is open";
        Check::failed(self.shared.failure(Verdict::Late, detail))
    }

    /// Sends bytes that may be too many for any buffer, and expects them back meanwhile.
    pub fn exchange(&mut self, bytes: &[u8]) -> Check {
        self.send_meanwhile(bytes, |client| client.expect(bytes))
    }

    /// Sends bytes in a thread of their own while `then` goes on with the client.
    pub fn send_meanwhile<T>(&mut self, bytes: &[u8], then: impl FnOnce(&mut Self) -> T) -> T {
        self.meanwhile(bytes, |_| {}, then)
    }

    /// Like [`Client::send_meanwhile`], and shuts down the sending side when all is sent.
    pub fn send_meanwhile_and_half_close<T>(&mut self, bytes: &[u8], then: impl FnOnce(&mut Self) -> T) -> T {
        let half_close = |stream: &TcpStream| {
            let _ = stream.shutdown(Shutdown::Write);
        };
        self.meanwhile(bytes, half_close, then)
    }

    fn meanwhile<T>(
        &mut self,
        bytes: &[u8],
        at_the_end: impl FnOnce(&TcpStream) + Send,
        then: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.shared.conversation.sent(self.number, Line::Bytes, bytes);
        let mut sender = self.stream.try_clone().expect("there are descriptors left");
        sender.set_write_timeout(Some(patience::pause())).expect("the time is not 0");
        thread::scope(|scope| {
            scope.spawn(move || {
                // If it fails, the rest doesn't come back, and that is what is told.
                let _ = sender.write_all(bytes);
                at_the_end(&sender);
            });
            then(self)
        })
    }

    /// Sends and never reads, up to `limit` bytes, until the server takes no more.
    pub fn flood(&mut self, limit: usize) {
        self.flood_with(vec![b'x'; 64 * 1024], limit);
    }

    /// Like [`Client::flood`], with `chunk` again and again.
    pub fn flood_with(&mut self, chunk: Vec<u8>, limit: usize) {
        let mut sender = self.stream.try_clone().expect("there are descriptors left");
        sender.set_write_timeout(None).expect("none is a time");
        let sent = Arc::new(AtomicUsize::new(0));
        let progress = Arc::clone(&sent);
        let flood = thread::spawn(move || {
            while progress.load(Ordering::Relaxed) < limit && sender.write_all(&chunk).is_ok() {
                progress.fetch_add(chunk.len(), Ordering::Relaxed);
            }
        });
        let end = self.shared.deadline.min(Instant::now() + patience::stream(limit));
        let (mut before, mut looks) = (0, 0);
        while looks < STUCK_LOOKS && !flood.is_finished() && Instant::now() < end {
            thread::sleep(LOOK);
            let now = sent.load(Ordering::Relaxed);
            looks = if now == before { looks + 1 } else { 0 };
            before = now;
        }
        let count = sent.load(Ordering::Relaxed);
        self.note(format!("{count} bytes, reads nothing"));
        self.flood = Some(flood);
    }

    /// How many bytes have come and wait to be read, up to 1 MiB.
    pub fn waiting(&self) -> usize {
        let mut buffer = vec![0; 1024 * 1024];
        self.stream.set_nonblocking(true).expect("it is a TCP socket");
        let count = self.stream.peek(&mut buffer).unwrap_or(0);
        self.stream.set_nonblocking(false).expect("it is a TCP socket");
        count
    }

    /// Whether the connection is open, and nothing waits to be read.
    pub fn is_silent(&self) -> bool {
        self.stream.set_nonblocking(true).expect("it is a TCP socket");
        let result = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).expect("it is a TCP socket");
        result.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// Shuts down the sending side.
    pub fn half_close(&mut self) {
        self.did(Line::Control, "end of sending (FIN)");
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Closes the socket.
    pub fn close(self) {
        self.did(Line::Control, "close");
    }

    /// Resets the connection, as a client does that crashes.
    pub fn reset(self) {
        self.did(Line::Reset, "reset (RST)");
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).expect("it is a TCP socket");
    }

    /// Reads what is there, at least a byte; until `time` at the latest, and no longer than a stream may pause or a criterion take.
    fn read(&mut self, buffer: &mut [u8], time: Instant) -> Result<usize, Trouble> {
        self.receive(buffer, time, |mut stream, buffer| stream.read(buffer))
    }

    /// Like [`Client::read`], where `read` says what of it is taken.
    fn receive(
        &mut self,
        buffer: &mut [u8],
        time: Instant,
        read: impl Fn(&TcpStream, &mut [u8]) -> io::Result<usize>,
    ) -> Result<usize, Trouble> {
        let left =
            time.min(self.shared.deadline).saturating_duration_since(Instant::now()).min(patience::pause());
        self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1)))).expect("the time is not 0");
        let start = Instant::now();
        let result = loop {
            match read(&self.stream, buffer) {
                Ok(0) => break Err(Trouble::Closed),
                Ok(count) => break Ok(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    break Err(if patience::is_over() || start.elapsed() < patience::event() * 9 / 10 {
                        Trouble::Trickle
                    } else {
                        Trouble::Silence
                    });
                }
                Err(error) => break Err(Trouble::Reset(error)),
            }
        };
        let conversation = &self.shared.conversation;
        match &result {
            Ok(count) => conversation.received(self.number, Line::Bytes, &buffer[..*count]),
            Err(Trouble::Closed) => conversation.noticed(self.number, "end of file"),
            Err(Trouble::Silence | Trouble::Trickle) => {
                self.note(format!("nothing within {}", patience::told(start.elapsed())));
            }
            Err(Trouble::Reset(error)) => self.note(error.kind().to_string()),
        }
        result
    }

    fn missing(&self, expected: &[u8], done: usize, trouble: &Trouble) -> Check {
        let (verdict, what) = trouble.told(self.shared.conversation.role());
        let detail = if done == 0 {
            Detail::expected(excerpt(expected)).nothing().note(what)
        } else {
            let difference = Detail::difference(expected, &expected[..done]);
            difference.note(format!("and then nothing more: {what}"))
        };
        self.fail(verdict, detail)
    }

    fn fail(&self, verdict: Verdict, detail: impl Into<Detail>) -> Check {
        Check::failed(self.shared.failure(verdict, detail))
    }

    fn did(&self, line: Line, what: &str) {
        self.shared.conversation.did(self.number, line, what);
    }

    pub(crate) fn note(&self, text: impl Into<String>) {
        self.shared.conversation.note(self.number, text);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(flood) = self.flood.take() {
            // Its socket is the same one, and closes only with the last of the two.
            let _ = self.stream.shutdown(Shutdown::Both);
            let _ = flood.join();
        }
    }
}

/// What a failure quotes of some bytes.
fn excerpt(bytes: &[u8]) -> Excerpt {
    Excerpt::start(bytes, 64)
}

/// Reads what is there of a line, and nothing of the next one.
fn up_to_newline(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let there = stream.peek(buffer)?;
    let newline = buffer[..there].iter().position(|&byte| byte == b'\n');
    stream.read(&mut buffer[..newline.map_or(there, |place| place + 1)])
}

impl Trouble {
    fn told(&self, role: &str) -> (Verdict, String) {
        match self {
            Self::Trickle => (Verdict::Late, "the time is over, and not all of it has come".into()),
            Self::Silence => (Verdict::Silent, "the connection is open and silent".into()),
            Self::Closed => (Verdict::Closed, format!("the {role} closed the connection")),
            Self::Reset(error) => (Verdict::Closed, format!("the connection broke: {error}")),
        }
    }
}
