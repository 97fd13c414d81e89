//! Mistakes of step 04: datagrams.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io;
use std::mem;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use support::{complain, say};

use super::tests::*;
use super::{Mistake, command_line, exit, it, mistake, signals};

mistakes! {
    has_a_buffer_of_512_bytes: "its buffer holds 512 bytes, and the rest of a datagram is lost" => [ANY_SIZE];
    has_a_buffer_of_65000_bytes: "its buffer holds 65,000 bytes, and a datagram may have 65,507" => [ANY_SIZE];
    takes_an_empty_datagram_for_the_end: "it ends when recv_from() returns 0 bytes" => EMPTY;
    takes_a_second_empty_datagram_for_the_end: "it ends at two empty datagrams in a row" => [AN_EMPTY_ONE];
    ignores_an_empty_datagram: "it doesn't answer an empty datagram" => EMPTY;
    answers_the_first_sender_for_ever: "all datagrams go back to the first sender" => SENDERS;
    answers_the_sender_before: "a datagram goes back to the sender of the one before" => SENDERS;
    answers_from_another_socket: "the echo comes from another port than the datagram was sent to" => EVERY_ECHO;
    answers_with_the_datagram_before: "the echo is the datagram before" => EVERY_ECHO;
    adds_a_newline: "the echo ends with a newline, whatever came" => EVERY_ECHO;
    strips_the_newline: "the newline at the end of a line doesn't come back" => [GOES_BACK];
    skips_empty_lines: "it doesn't answer a datagram that is a newline" => [NO_TEXT];
    makes_text_of_all_bytes: "String::from_utf8_lossy() replaces what isn't UTF-8" => [NO_TEXT, ANY_SIZE];
    panics_at_bytes_that_are_no_text: "from_utf8(...).unwrap() panics when bytes aren't UTF-8" => [NO_TEXT, ANY_SIZE];
    echoes_every_hundredth_twice: "every hundredth datagram goes back twice" => [ONCE, EVERY_SENDER];
    joins_what_comes_together: "datagrams of one sender in quick succession go back as one" => [ONCE];
    ends_after_250_datagrams: "it ends after 250 datagrams" => [EVERY_SENDER];
    ends_when_a_sender_has_gone: "it takes \"connection refused\" for a reason to end" => [GONE];
    answers_well_known_ports: "it answers another echo service, which answers in turn, forever" => [SERVICE];
    answers_itself: "what claims to come from the server itself goes round forever" => [ITSELF];
    says_nothing_of_an_empty_datagram: "no line reports an empty datagram" => [A_LINE];
    names_only_the_address_of_a_sender: "its lines leave out the sender's port" => [A_LINE];
    ignores_quiet: "it prints the same with --quiet and without" => [QUIET];
    uses_println: "println! panics when standard output is a broken pipe" => [UNHEARD];
    does_not_handle_ctrl_c: "Ctrl+C ends it immediately, without its last line" => EVERY_END;
    handles_ctrl_c_but_not_sigterm: "SIGTERM ends it immediately, without its last line" => [SIGTERM];
    does_not_wake_up_on_ctrl_c: "after Ctrl+C it waits in recv_from() for one more datagram" => EVERY_END;
    says_nothing_at_the_end: "it shuts down cleanly on Ctrl+C, without its last line" => EVERY_END;
    ends_with_code_130: "it ends with the exit code of a program that Ctrl+C has interrupted" => EVERY_END;
    counts_what_wakes_it: "the datagram by which it wakes itself counts as well" => EVERY_END;
    counts_what_it_drops: "datagrams that it doesn't answer count as well" => [SERVICE, ITSELF];
    does_not_count_an_empty_datagram: "an empty datagram goes back, and doesn't count" => [CTRL_C];
    ignores_the_port: "it listens on a port that the kernel chooses, whichever was asked for" =>
        [IN_USE, ONE_ARGUMENT, NO_ARGUMENT];
    knows_only_ipv4: "it takes an IPv6 address for an error" => [IPV6];
}

tests! {
    GOES_BACK = "a_datagram_goes_back_to_its_sender"
    NO_TEXT = "bytes_that_are_no_text_go_back"
    ANY_SIZE = "a_datagram_of_any_size_goes_back_whole"
    AN_EMPTY_ONE = "an_empty_datagram_goes_back_too"
    ONCE = "each_datagram_goes_back_once"
    EVERY_SENDER = "every_sender_gets_its_own"
    GONE = "a_sender_that_has_gone_is_no_trouble"
    A_LINE = "each_datagram_is_a_line_unless_quiet"
    QUIET = "quiet_leaves_the_lines_out"
    UNHEARD = "output_that_nobody_hears_does_not_stop_the_server"
    CTRL_C = "ctrl_c_ends_in_order"
    SIGTERM = "sigterm_ends_in_order_too"
    SERVICE = "ping_pong::a_well_known_port_is_not_answered"
    ITSELF = "ping_pong::a_datagram_from_the_server_itself_is_not_answered"
}

groups! {
    // They have an empty datagram echoed.
    EMPTY = [AN_EMPTY_ONE, A_LINE, CTRL_C];

    // They have one sender after another.
    SENDERS = [EVERY_SENDER, GONE, UNHEARD];

    // They interrupt the server and look how it ends.
    EVERY_END = [CTRL_C, SIGTERM, QUIET, SERVICE, ITSELF];

    // They have anything echoed.
    EVERY_ECHO = [
        GOES_BACK, NO_TEXT, ANY_SIZE, AN_EMPTY_ONE, ONCE, EVERY_SENDER, GONE, A_LINE, QUIET, UNHEARD, CTRL_C, SERVICE,
        ITSELF, NO_ARGUMENT, ONE_ARGUMENT, HOST_ALONE, TWO_ARGUMENTS, IPV6
    ];
}

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    let (address, quiet) = command_line::parse("Sends every datagram back to where it came from.", words);
    let socket = Arc::new(command_line::bind(&address, UdpSocket::bind)?);
    let own = socket.local_addr()?;
    let stopping = Arc::new(AtomicBool::new(false));
    let (on_end, at_end) = (Arc::clone(&socket), Arc::clone(&stopping));
    signals::on_end(move || stop(&on_end, &at_end))?;
    command_line::announce(&address, own);

    let mut server =
        Server { socket, own, quiet, first: None, previous: Vec::new(), was_empty: false, echoed: 0 };
    server.echo(&stopping);
    if !it("says_nothing_at_the_end") {
        say!("Server stopped: {} datagrams", server.echoed);
    }
    if it("ends_with_code_130") {
        exit(130);
    }
    Ok(())
}

/// Wakes the server with a datagram from itself.
fn stop(socket: &UdpSocket, stopping: &AtomicBool) {
    stopping.store(true, Ordering::SeqCst);
    if it("does_not_wake_up_on_ctrl_c") {
        return;
    }
    let woken = socket.local_addr().and_then(|own| socket.send_to(b"stop", support::reachable(own)));
    if let Err(error) = woken {
        complain!("Cannot wake the server: {error}");
    }
}

struct Server {
    socket: Arc<UdpSocket>,
    own: SocketAddr,
    quiet: bool,
    /// The first sender.
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
        let size = match mistake() {
            "has_a_buffer_of_512_bytes" => 512,
            "has_a_buffer_of_65000_bytes" => 65_000,
            _ => 65_535,
        };
        let mut buffer = vec![0; size];
        loop {
            let received = self.socket.recv_from(&mut buffer);
            if stopping.load(Ordering::SeqCst) {
                self.echoed += u64::from(it("counts_what_wakes_it"));
                return;
            }
            match received {
                Ok((0, _)) if it("takes_an_empty_datagram_for_the_end") => return,
                Ok((0, _)) if it("takes_a_second_empty_datagram_for_the_end") && self.was_empty => return,
                Ok((0, _)) if it("ignores_an_empty_datagram") => {}
                Ok((count, sender)) if self.accepts(sender) => self.answer(&buffer[..count], sender),
                Ok(_) => self.echoed += u64::from(it("counts_what_it_drops")),
                Err(error) => {
                    complain!("Cannot receive: {error}");
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    /// Whether to answer at all: another echo service, or the server itself, would answer in turn forever.
    fn accepts(&self, sender: SocketAddr) -> bool {
        let is_service = sender.port() < 1024 && !it("answers_well_known_ports");
        let is_own = sender == support::reachable(self.own) && !it("answers_itself");
        !is_service && !is_own
    }

    fn answer(&mut self, bytes: &[u8], sender: SocketAddr) {
        let joined = self.join(bytes, sender);
        let bytes = joined.as_ref();
        self.was_empty = bytes.is_empty();
        if !(self.quiet || bytes.is_empty() && it("says_nothing_of_an_empty_datagram")) {
            report(bytes.len(), sender);
        }
        let recipient = match mistake() {
            "answers_the_first_sender_for_ever" => *self.first.get_or_insert(sender),
            "answers_the_sender_before" => self.first.replace(sender).unwrap_or(sender),
            "skips_empty_lines" if bytes == b"\n" => return,
            "ends_when_a_sender_has_gone" if self.is_refused_by(sender) => exit(1),
            _ => sender,
        };
        let reply = self.reply(bytes);
        let result = match mistake() {
            "answers_from_another_socket" => {
                UdpSocket::bind((self.own.ip(), 0)).and_then(|other| other.send_to(&reply, recipient))
            }
            _ => self.socket.send_to(&reply, recipient),
        };
        match result {
            Ok(_) if bytes.is_empty() && it("does_not_count_an_empty_datagram") => {}
            Ok(_) => self.echoed += 1,
            Err(error) => complain!("Cannot answer {sender}: {error}"),
        }
        if it("echoes_every_hundredth_twice") && self.echoed.is_multiple_of(100) {
            let _ = self.socket.send_to(&reply, recipient);
        }
        if it("ends_after_250_datagrams") && self.echoed == 250 {
            exit(0);
        }
    }

    /// Whether the sender is no longer there. Only a socket that is connected to it gets that error.
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
    fn reply<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match mistake() {
            "adds_a_newline" => [bytes, b"\n"].concat().into(),
            "strips_the_newline" => match bytes {
                [line @ .., b'\n'] if !line.is_empty() => line.into(),
                _ => bytes.into(),
            },
            "makes_text_of_all_bytes" => String::from_utf8_lossy(bytes).into_owned().into_bytes().into(),
            "panics_at_bytes_that_are_no_text" => str::from_utf8(bytes).unwrap().as_bytes().into(),
            "answers_with_the_datagram_before" => mem::replace(&mut self.previous, bytes.into()).into(),
            _ => bytes.into(),
        }
    }

    /// `bytes`, and with a mistake all that the sender sends within a moment.
    fn join<'a>(&self, bytes: &'a [u8], sender: SocketAddr) -> Cow<'a, [u8]> {
        if !it("joins_what_comes_together") {
            return bytes.into();
        }
        thread::sleep(Duration::from_millis(5));
        let (mut joined, mut next) = (bytes.to_vec(), vec![0; 65_535]);
        let _ = self.socket.set_nonblocking(true);
        while self.socket.peek_from(&mut next).is_ok_and(|(_, from)| from == sender) {
            let Ok(count) = self.socket.recv(&mut next) else { break };
            joined.extend_from_slice(&next[..count]);
        }
        let _ = self.socket.set_nonblocking(false);
        joined.into()
    }
}

fn report(count: usize, sender: SocketAddr) {
    match mistake() {
        "uses_println" => println!("Received {count} bytes from {sender}"),
        "names_only_the_address_of_a_sender" => say!("Received {count} bytes from {}", sender.ip()),
        _ => say!("Received {count} bytes from {sender}"),
    }
}
