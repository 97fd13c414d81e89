//! Mistakes of step 04: datagrams.

use std::borrow::Cow;
use std::ffi::OsString;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use support::{complain, say};

use super::Mistake;
use super::common::{self, criteria as c, mistake};

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake(
        "has_a_buffer_of_512_bytes",
        "its buffer holds 512 bytes, and the rest of a datagram is lost",
        &[ANY_SIZE],
    ),
    mistake(
        "has_a_buffer_of_65000_bytes",
        "its buffer holds 65,000 bytes, and a datagram may have 65,507",
        &[ANY_SIZE],
    ),
    mistake("takes_an_empty_datagram_for_the_end", "it ends when recv_from() returns 0 bytes", EMPTY),
    mistake(
        "takes_a_second_empty_datagram_for_the_end",
        "it ends at two empty datagrams in a row",
        &[AN_EMPTY_ONE],
    ),
    mistake("ignores_an_empty_datagram", "it doesn't answer an empty datagram", EMPTY),
    mistake(
        "answers_the_first_sender_for_ever",
        "all datagrams go back to whoever was the first to send",
        SENDERS,
    ),
    mistake("answers_the_sender_before", "a datagram goes back to the sender of the one before", SENDERS),
    mistake(
        "answers_from_another_socket",
        "the echo comes from another port than the datagram was sent to",
        EVERY_ECHO,
    ),
    mistake("answers_with_the_datagram_before", "the echo is the datagram before", EVERY_ECHO),
    mistake("adds_a_newline", "the echo ends with a newline, whatever came", EVERY_ECHO),
    mistake("strips_the_newline", "the newline at the end of a line doesn't come back", &[GOES_BACK]),
    mistake("skips_empty_lines", "it doesn't answer a datagram that is a newline", &[NO_TEXT]),
    mistake(
        "makes_text_of_all_bytes",
        "String::from_utf8_lossy() replaces what is no UTF-8",
        &[NO_TEXT, ANY_SIZE],
    ),
    mistake(
        "panics_at_bytes_that_are_no_text",
        "from_utf8(...).unwrap() panics when bytes are no UTF-8",
        &[NO_TEXT, ANY_SIZE],
    ),
    mistake(
        "echoes_every_hundredth_twice",
        "every hundredth datagram goes back twice",
        &[ONCE, EVERY_SENDER],
    ),
    mistake(
        "joins_what_comes_together",
        "datagrams of one sender in quick succession go back as one",
        &[ONCE],
    ),
    mistake("ends_after_250_datagrams", "it ends after 250 datagrams", &[EVERY_SENDER]),
    mistake("ends_when_a_sender_has_gone", "it takes \"connection refused\" for a reason to end", &[GONE]),
    mistake(
        "answers_well_known_ports",
        "it answers another echo service, which answers in turn, for ever",
        &[SERVICE],
    ),
    mistake("answers_itself", "what claims to come from the server itself goes round for ever", &[ITSELF]),
    mistake("says_nothing_of_an_empty_datagram", "no line tells of an empty datagram", &[A_LINE]),
    mistake("names_only_the_address_of_a_sender", "its lines leave out the sender's port", &[A_LINE]),
    mistake("ignores_quiet", "it prints the same with --quiet and without", &[QUIET]),
    mistake("uses_println", "println! panics when standard output is a broken pipe", &[UNHEARD]),
    mistake("does_not_handle_ctrl_c", "Ctrl+C ends it at once, without its last line", EVERY_END),
    mistake("handles_ctrl_c_but_not_sigterm", "SIGTERM ends it at once, without its last line", &[SIGTERM]),
    mistake(
        "does_not_wake_up_on_ctrl_c",
        "after Ctrl+C it waits in recv_from() for one more datagram",
        EVERY_END,
    ),
    mistake("says_nothing_at_the_end", "it ends in order on Ctrl+C, without its last line", EVERY_END),
    mistake(
        "ends_with_code_130",
        "it ends with the exit code of a program that Ctrl+C has interrupted",
        EVERY_END,
    ),
    mistake("counts_what_wakes_it", "the datagram by which it wakes itself counts as well", EVERY_END),
    mistake("counts_what_it_drops", "datagrams that it doesn't answer count as well", &[SERVICE, ITSELF]),
    mistake("does_not_count_an_empty_datagram", "an empty datagram goes back, and doesn't count", &[CTRL_C]),
    common::IGNORES_THE_PORT,
    common::KNOWS_ONLY_IPV4,
];

const GOES_BACK: &str = "a_datagram_goes_back_to_its_sender";
const NO_TEXT: &str = "bytes_that_are_no_text_go_back";
const ANY_SIZE: &str = "a_datagram_of_any_size_goes_back_whole";
const AN_EMPTY_ONE: &str = "an_empty_datagram_goes_back_too";
const ONCE: &str = "each_datagram_goes_back_once";
const EVERY_SENDER: &str = "every_sender_gets_its_own";
const GONE: &str = "a_sender_that_has_gone_is_no_trouble";
const A_LINE: &str = "each_datagram_is_a_line_unless_quiet";
const QUIET: &str = "quiet_leaves_the_lines_out";
const UNHEARD: &str = "output_that_nobody_hears_does_not_stop_the_server";
const CTRL_C: &str = "ctrl_c_ends_in_order";
const SIGTERM: &str = "sigterm_ends_in_order_too";
const SERVICE: &str = "ping_pong::a_well_known_port_is_not_answered";
const ITSELF: &str = "ping_pong::a_datagram_from_the_server_itself_is_not_answered";

/// The criteria that have an empty datagram echoed.
const EMPTY: &[&str] = &[AN_EMPTY_ONE, A_LINE, CTRL_C];

/// The criteria with one sender after another.
const SENDERS: &[&str] = &[EVERY_SENDER, GONE, UNHEARD];

/// The criteria that interrupt the server and look how it ends.
const EVERY_END: &[&str] = &[CTRL_C, SIGTERM, QUIET, SERVICE, ITSELF];

/// The criteria that have anything echoed.
const EVERY_ECHO: &[&str] = &[
    GOES_BACK,
    NO_TEXT,
    ANY_SIZE,
    AN_EMPTY_ONE,
    ONCE,
    EVERY_SENDER,
    GONE,
    A_LINE,
    QUIET,
    UNHEARD,
    CTRL_C,
    SERVICE,
    ITSELF,
    c::NO_ARGUMENT,
    c::ONE_ARGUMENT,
    c::HOST_ALONE,
    c::TWO_ARGUMENTS,
    c::IPV6,
];

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> anyhow::Result<()> {
    let about = "Sends every datagram back to where it came from.";
    let (address, quiet) = common::command_line(mistake, about, words);
    let socket = Arc::new(common::bind(mistake, &address, UdpSocket::bind)?);
    let own = socket.local_addr()?;
    let stopping = Arc::new(AtomicBool::new(false));
    stop_on_ctrl_c(mistake, &socket, &stopping)?;
    common::announce(mistake, &address, own);

    let mut server = Server {
        mistake,
        socket,
        own,
        quiet,
        first: None,
        previous: Vec::new(),
        was_empty: false,
        echoed: 0,
    };
    server.echo(&stopping);
    if mistake != "says_nothing_at_the_end" {
        say!("Server stopped: {} datagrams", server.echoed);
    }
    if mistake == "ends_with_code_130" {
        process::exit(130);
    }
    Ok(())
}

/// Wakes the server with a datagram from itself.
fn stop_on_ctrl_c(
    mistake: &'static str,
    socket: &Arc<UdpSocket>,
    stopping: &Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let (socket, stopping) = (Arc::clone(socket), Arc::clone(stopping));
    let stop = move || {
        stopping.store(true, Ordering::SeqCst);
        if mistake == "does_not_wake_up_on_ctrl_c" {
            return;
        }
        if let Err(error) =
            socket.local_addr().and_then(|own| socket.send_to(b"stop", support::reachable(own)))
        {
            complain!("Cannot wake the server: {error}");
        }
    };
    match mistake {
        "does_not_handle_ctrl_c" => {}
        "handles_ctrl_c_but_not_sigterm" => on_ctrl_c_alone(stop)?,
        _ => ctrlc::set_handler(stop)?,
    }
    Ok(())
}

/// Calls `stop` on Ctrl+C, and leaves SIGTERM to the system.
fn on_ctrl_c_alone(stop: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut ctrl_c = Box::pin(tokio::signal::ctrl_c());
    // Asked for the first time, it begins to watch for the signal: before the first line is printed.
    runtime.block_on(poll_fn(|context| {
        let _ = ctrl_c.as_mut().poll(context);
        Poll::Ready(())
    }));
    thread::spawn(move || {
        if runtime.block_on(ctrl_c).is_ok() {
            stop();
        }
    });
    Ok(())
}

struct Server {
    mistake: &'static str,
    socket: Arc<UdpSocket>,
    own: SocketAddr,
    quiet: bool,
    /// Who was the first to send.
    first: Option<SocketAddr>,
    /// What was received last.
    previous: Vec<u8>,
    /// Whether something was, and it was empty.
    was_empty: bool,
    echoed: u64,
}

impl Server {
    /// Echoes until Ctrl+C.
    fn echo(&mut self, stopping: &AtomicBool) {
        let mut buffer = vec![0; self.buffer_bytes()];
        loop {
            let received = self.socket.recv_from(&mut buffer);
            if stopping.load(Ordering::SeqCst) {
                self.echoed += u64::from(self.mistake == "counts_what_wakes_it");
                return;
            }
            match received {
                Ok((0, _)) if self.mistake == "takes_an_empty_datagram_for_the_end" => return,
                Ok((0, _))
                    if self.mistake == "takes_a_second_empty_datagram_for_the_end" && self.was_empty =>
                {
                    return;
                }
                Ok((0, _)) if self.mistake == "ignores_an_empty_datagram" => {}
                Ok((count, sender)) if self.accepts(sender) => self.answer(&buffer[..count], sender),
                Ok(_) => self.echoed += u64::from(self.mistake == "counts_what_it_drops"),
                Err(error) => {
                    complain!("Cannot receive: {error}");
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    fn buffer_bytes(&self) -> usize {
        match self.mistake {
            "has_a_buffer_of_512_bytes" => 512,
            "has_a_buffer_of_65000_bytes" => 65_000,
            _ => 65_535,
        }
    }

    /// Whether to answer at all: another echo service, or the server itself, would answer in turn for ever.
    fn accepts(&self, sender: SocketAddr) -> bool {
        let is_service = sender.port() < 1024 && self.mistake != "answers_well_known_ports";
        let is_own = sender == support::reachable(self.own) && self.mistake != "answers_itself";
        !is_service && !is_own
    }

    fn answer(&mut self, bytes: &[u8], sender: SocketAddr) {
        let joined = self.join(bytes, sender);
        let bytes = joined.as_slice();
        self.was_empty = bytes.is_empty();
        let silent = bytes.is_empty() && self.mistake == "says_nothing_of_an_empty_datagram";
        if !self.quiet && !silent {
            self.say(bytes.len(), sender);
        }
        let recipient = match self.mistake {
            "answers_the_first_sender_for_ever" => *self.first.get_or_insert(sender),
            "answers_the_sender_before" => self.first.replace(sender).unwrap_or(sender),
            _ => sender,
        };
        if bytes == b"\n" && self.mistake == "skips_empty_lines" {
            return;
        }
        if self.mistake == "ends_when_a_sender_has_gone" && self.is_refused_by(sender) {
            process::exit(1);
        }
        let reply = self.reply(bytes);
        let result = match self.mistake {
            "answers_from_another_socket" => {
                UdpSocket::bind((self.own.ip(), 0)).and_then(|other| other.send_to(&reply, recipient))
            }
            _ => self.socket.send_to(&reply, recipient),
        };
        match result {
            Ok(_) if bytes.is_empty() && self.mistake == "does_not_count_an_empty_datagram" => {}
            Ok(_) => self.echoed += 1,
            Err(error) => complain!("Cannot answer {sender}: {error}"),
        }
        if self.mistake == "echoes_every_hundredth_twice" && self.echoed.is_multiple_of(100) {
            let _ = self.socket.send_to(&reply, recipient);
        }
        if self.mistake == "ends_after_250_datagrams" && self.echoed == 250 {
            process::exit(0);
        }
    }

    fn say(&self, count: usize, sender: SocketAddr) {
        match self.mistake {
            "uses_println" => println!("Received {count} bytes from {sender}"),
            "names_only_the_address_of_a_sender" => say!("Received {count} bytes from {}", sender.ip()),
            _ => say!("Received {count} bytes from {sender}"),
        }
    }

    /// Whether nobody is there any more. Only a socket that is connected to the sender is told so.
    fn is_refused_by(&self, sender: SocketAddr) -> bool {
        const MOMENT: Duration = Duration::from_millis(2);
        thread::sleep(MOMENT);
        let probe = || {
            let socket = UdpSocket::bind((self.own.ip(), 0))?;
            socket.set_read_timeout(Some(MOMENT))?;
            socket.connect(sender)?;
            socket.send(b"?")?;
            socket.recv(&mut [0])
        };
        probe().is_err_and(|error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused)
    }

    /// What is sent for `bytes`.
    fn reply(&mut self, bytes: &[u8]) -> Vec<u8> {
        let reply: Cow<[u8]> = match self.mistake {
            "adds_a_newline" => [bytes, b"\n"].concat().into(),
            "strips_the_newline" => match bytes {
                [line @ .., b'\n'] if !line.is_empty() => line.into(),
                _ => bytes.into(),
            },
            "makes_text_of_all_bytes" => String::from_utf8_lossy(bytes).into_owned().into_bytes().into(),
            "panics_at_bytes_that_are_no_text" => str::from_utf8(bytes).unwrap().as_bytes().into(),
            "answers_with_the_datagram_before" => std::mem::replace(&mut self.previous, bytes.into()).into(),
            _ => bytes.into(),
        };
        reply.into_owned()
    }

    /// `bytes`, and with a mistake all that the sender sends within a moment.
    fn join(&self, bytes: &[u8], sender: SocketAddr) -> Vec<u8> {
        let mut joined = bytes.to_vec();
        if self.mistake != "joins_what_comes_together" {
            return joined;
        }
        thread::sleep(Duration::from_millis(5));
        let mut next = vec![0; 65_535];
        let _ = self.socket.set_nonblocking(true);
        while self.socket.peek_from(&mut next).is_ok_and(|(_, from)| from == sender) {
            let Ok(count) = self.socket.recv(&mut next) else { break };
            joined.extend_from_slice(&next[..count]);
        }
        let _ = self.socket.set_nonblocking(false);
        joined
    }
}
