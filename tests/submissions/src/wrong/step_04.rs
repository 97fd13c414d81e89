//! Mistakes of step 04: datagrams.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use support::{complain, say};

use super::Mistake;
use super::common::{self, criteria as c, mistake};

/// All of them.
pub const MISTAKES: &[Mistake] = &[];

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> anyhow::Result<()> {
    let about = "Sends every datagram back to where it came from.";
    let (address, quiet) = common::command_line(mistake, about, words);
    let socket = Arc::new(common::bind(mistake, &address, UdpSocket::bind)?);
    let own = socket.local_addr()?;
    let stopping = Arc::new(AtomicBool::new(false));
    stop_on_ctrl_c(mistake, &socket, &stopping)?;
    common::announce(mistake, &address, own);

    let mut server = Server { mistake, socket, own, quiet, first: None, previous: Vec::new(), echoed: 0 };
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

fn on_ctrl_c_alone(stop: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    // Made here, so that the signal is handled from now on.
    let _entered = runtime.enter();
    let mut interrupts = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    drop(_entered);
    thread::spawn(move || {
        runtime.block_on(interrupts.recv());
        stop();
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
            "has_a_buffer_of_1500_bytes" => 1500,
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
        let silent = bytes.is_empty() && self.mistake == "says_nothing_of_an_empty_datagram";
        if !self.quiet && !silent {
            self.say(bytes.len(), sender);
        }
        let recipient = match self.mistake {
            "answers_the_first_sender_for_ever" => *self.first.get_or_insert(sender),
            "answers_the_sender_before" => self.first.replace(sender).unwrap_or(sender),
            _ => sender,
        };
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

    /// What is sent for `bytes`.
    fn reply(&mut self, bytes: &[u8]) -> Vec<u8> {
        let reply: Cow<[u8]> = match self.mistake {
            "adds_a_newline" => [bytes, b"\n"].concat().into(),
            "strips_the_newline" => bytes.strip_suffix(b"\n").unwrap_or(bytes).into(),
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
