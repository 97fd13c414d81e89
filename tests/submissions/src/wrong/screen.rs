//! The lines about one client, with the mistakes that can be made in them.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use support::{printable, say};

use super::{it, mistake};

/// Prints what happens to one client.
pub struct Screen {
    /// Leaves out what was received and echoed.
    pub quiet: bool,
    /// The client's address.
    pub peer: SocketAddr,
    /// Whether the lines name the client, as they do from step 02 on.
    pub named: bool,
}

/// The client that came last, if a mistake needs it.
static LATEST: Mutex<Option<SocketAddr>> = Mutex::new(None);

impl Screen {
    /// Prints that the client has connected.
    pub fn connected(&self) {
        if it("names_the_client_that_came_last") {
            *LATEST.lock().unwrap() = Some(self.peer);
        }
        self.event(&format!("Connection from {}", self.peer));
    }

    /// Prints what the client has sent.
    pub fn received(&self, bytes: &[u8]) {
        self.message(!it("says_echoed_before_received"), bytes);
    }

    /// Prints what went back to it.
    pub fn echoed(&self, bytes: &[u8]) {
        self.message(it("says_echoed_before_received"), bytes);
    }

    /// Prints that the connection is closed.
    pub fn closed(&self) {
        if !it("never_says_that_a_connection_is_closed") {
            self.event(&self.with_name("Connection closed", ": "));
        }
    }

    fn event(&self, text: &str) {
        if !(self.quiet && it("says_nothing_at_all_when_quiet")) {
            print("", text);
        }
    }

    fn message(&self, is_received: bool, bytes: &[u8]) {
        if self.quiet {
            return;
        }
        let (verb, link) = if is_received { ("Received", " from ") } else { ("Echoed", " to ") };
        print(&format!("{}: ", self.with_name(verb, link)), &shown(bytes));
    }

    fn with_name(&self, event: &str, link: &str) -> String {
        let name = LATEST.lock().unwrap().unwrap_or(self.peer);
        if self.named { format!("{event}{link}{name}") } else { event.into() }
    }
}

/// A message, made harmless.
fn shown(bytes: &[u8]) -> String {
    let trimmed = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let trimmed = trimmed.strip_suffix(b"\r").unwrap_or(trimmed);
    match mistake() {
        "prints_what_a_client_sends_raw" => String::from_utf8_lossy(trimmed).chars().take(80).collect(),
        "does_not_cut_what_it_prints" => trimmed.escape_ascii().to_string(),
        "prints_the_line_ending" if trimmed.len() < 80 => bytes.escape_ascii().to_string(),
        _ => printable(bytes).to_string(),
    }
}

fn print(start: &str, rest: &str) {
    match mistake() {
        "uses_println" => println!("{start}{rest}"),
        "prints_a_line_in_pieces" => {
            print_piece(start);
            // Time for another thread to print: on a real server this takes luck.
            thread::sleep(Duration::from_millis(1));
            print_piece(&format!("{rest}\n"));
        }
        _ => say!("{start}{rest}"),
    }
}

fn print_piece(text: &str) {
    let mut screen = io::stdout();
    let _ = screen.write_all(text.as_bytes()).and_then(|()| screen.flush());
}
