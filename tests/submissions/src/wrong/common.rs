//! What the wrong submissions of several steps share: the command line, the first line, the lines about a client and the
//! echo over TCP, each with the mistakes that can be made there.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::mem;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use support::{Address, Args, complain, printable, say};

use super::Mistake;
use criteria::{
    HELP, HOST_ALONE, IN_USE, IPV6, NO_ARGUMENT, ONE_ARGUMENT, TOO_MANY, TWO_ARGUMENTS, UNKNOWN_HOST,
    UNKNOWN_OPTION, WRONG_PORT,
};

/// A mistake, on fewer lines.
pub const fn mistake(name: &'static str, what: &'static str, fails: &'static [&'static str]) -> Mistake {
    Mistake { name, what, fails }
}

/// The names of the criteria that steps have in common.
pub mod criteria {
    pub const A_LINE: &str = "bytes::a_line_comes_back";
    pub const NO_NEWLINE: &str = "bytes::bytes_come_back_without_waiting_for_a_newline";
    pub const NO_TEXT: &str = "bytes::bytes_that_are_no_text_come_back";
    pub const LONG_CONVERSATION: &str = "bytes::a_conversation_may_be_long_and_its_messages_of_any_size";
    pub const MEBIBYTE: &str = "bytes::a_mebibyte_sent_at_once_comes_back";
    pub const SLOW_READER: &str = "bytes::a_slow_reader_gets_every_byte";
    pub const HALF_CLOSE: &str = "bytes::after_a_half_close_the_client_gets_all_it_is_owed";

    pub const HELP: &str = "command_line::help_explains_the_command_line_with_an_example";
    pub const NO_ARGUMENT: &str = "command_line::without_arguments_it_listens_on_localhost_8080";
    pub const ONE_ARGUMENT: &str = "command_line::one_argument_is_the_port";
    pub const TWO_ARGUMENTS: &str = "command_line::two_arguments_are_host_and_port";
    pub const HOST_ALONE: &str = "command_line::it_listens_on_the_host_alone";
    pub const IPV6: &str = "command_line::ipv6_works";
    pub const WRONG_PORT: &str = "command_line::a_wrong_port_is_refused_with_the_reason";
    pub const TOO_MANY: &str = "command_line::too_many_arguments_are_refused";
    pub const UNKNOWN_OPTION: &str = "command_line::an_unknown_option_is_refused";
    pub const IN_USE: &str = "command_line::an_address_in_use_is_one_line_of_error";
    pub const UNKNOWN_HOST: &str = "command_line::an_unknown_host_is_one_line_of_error";

    pub const INTERRUPT: &str = "interrupt::ctrl_c_ends_the_program_and_frees_the_port";

    pub const EACH_EVENT: &str = "screen::each_event_is_a_line_in_order";
    pub const LOST: &str = "screen::the_end_of_a_lost_client_is_a_line_too";
    pub const QUIET: &str = "screen::quiet_leaves_out_what_was_said";
    pub const FORGED: &str = "screen::what_a_client_sends_cannot_forge_a_line";
    pub const CUT: &str = "screen::a_long_message_is_cut_on_the_screen";

    pub const ONE_AFTER_ANOTHER: &str = "survival::one_client_after_another_is_served";
    pub const LEAVES_AT_ONCE: &str = "survival::a_client_that_leaves_at_once_is_no_trouble";
    pub const RESET: &str = "survival::a_client_that_is_reset_does_not_stop_the_server";
    pub const LINE_WITHOUT_END: &str = "survival::a_line_without_an_end_needs_no_memory";
    pub const NEVER_READS: &str = "survival::a_client_that_never_reads_does_not_stop_the_server";
    pub const UNHEARD: &str = "survival::output_that_nobody_hears_does_not_stop_the_server";
}

/// Mistakes about the command line and the first line. They are the same in every step, and so is what they fail.
pub const IGNORES_THE_PORT: Mistake = mistake(
    "ignores_the_port",
    "it listens on a port that the system chooses, whichever was asked for",
    &[IN_USE, ONE_ARGUMENT, NO_ARGUMENT],
);
pub const IGNORES_THE_HOST: Mistake = mistake(
    "ignores_the_host",
    "it listens on localhost, whichever host was asked for",
    &[IN_USE, UNKNOWN_HOST, IPV6, TWO_ARGUMENTS],
);
pub const LISTENS_ON_ALL_ADDRESSES: Mistake =
    mistake("listens_on_all_addresses", "it listens on 0.0.0.0, whichever host was asked for", &[HOST_ALONE]);
pub const NAMES_ANOTHER_HOST: Mistake = mistake(
    "names_another_host",
    "its first line says localhost, whichever host it listens on",
    &[IPV6, TWO_ARGUMENTS],
);
pub const HAS_ANOTHER_DEFAULT_PORT: Mistake = mistake(
    "has_another_default_port",
    "without arguments it listens on any port, not on 8080",
    &[NO_ARGUMENT],
);
pub const KNOWS_ONLY_IPV4: Mistake =
    mistake("knows_only_ipv4", "an IPv6 address is no address to it", &[IPV6]);
pub const TAKES_AN_UNKNOWN_HOST_FOR_LOCALHOST: Mistake = mistake(
    "takes_an_unknown_host_for_localhost",
    "when the host can't be resolved it listens on 127.0.0.1 instead of saying so",
    &[UNKNOWN_HOST],
);
pub const PANICS_WHEN_THE_PORT_IS_TAKEN: Mistake = mistake(
    "panics_when_the_port_is_taken",
    "bind(...).unwrap() panics when somebody else has the port",
    &[IN_USE],
);
pub const TAKES_ANOTHER_PORT_WHEN_ONE_IS_TAKEN: Mistake = mistake(
    "takes_another_port_when_one_is_taken",
    "when somebody else has the port it listens on another one instead of saying so",
    &[IN_USE],
);
pub const SAYS_AN_ERROR_IN_SEVERAL_LINES: Mistake = mistake(
    "says_an_error_in_several_lines",
    "anyhow's context() makes \"Caused by\" of the reason, lines below",
    &[IN_USE, UNKNOWN_HOST],
);
pub const HAS_NO_HELP: Mistake = mistake("has_no_help", "--help is an unknown option to it", &[HELP]);
pub const TAKES_ANY_WORD_FOR_A_PORT: Mistake =
    mistake("takes_any_word_for_a_port", "parse().unwrap_or(0) makes a port of any word", &[WRONG_PORT]);
pub const PANICS_AT_A_WRONG_PORT: Mistake = mistake(
    "panics_at_a_wrong_port",
    "parse().unwrap() panics when the port is no number: exit code 101",
    &[WRONG_PORT],
);
pub const IGNORES_FURTHER_ARGUMENTS: Mistake =
    mistake("ignores_further_arguments", "more than a host and a port is no mistake to it", &[TOO_MANY]);
pub const IGNORES_UNKNOWN_OPTIONS: Mistake = mistake(
    "ignores_unknown_options",
    "an option that it doesn't know is no mistake to it",
    &[UNKNOWN_OPTION],
);
pub const PRINTS_ITS_USAGE_ON_STANDARD_OUTPUT: Mistake = mistake(
    "prints_its_usage_on_standard_output",
    "it says what is wrong with the command line on standard output",
    &[WRONG_PORT, TOO_MANY, UNKNOWN_OPTION],
);
pub const ENDS_WITH_CODE_0_ON_A_WRONG_COMMAND_LINE: Mistake = mistake(
    "ends_with_code_0_on_a_wrong_command_line",
    "a wrong command line ends it with exit code 0, as if all were well",
    &[WRONG_PORT, TOO_MANY, UNKNOWN_OPTION],
);

/// Takes the address and `--quiet` from the command line.
pub fn command_line(mistake: &str, about: &'static str, mut words: Vec<OsString>) -> (Address, bool) {
    misread(mistake, &mut words);
    let mut args = Args::from(about, words);
    let quiet = args.flag("--quiet", "leave out the lines about what came and went");
    let mut address = args.address();
    match mistake {
        "ignores_the_port" => address.port = 0,
        "ignores_the_host" => address.host = "localhost".into(),
        _ => {}
    }
    (address, quiet && mistake != "ignores_quiet")
}

/// What a mistake makes of the words before they are understood.
fn misread(mistake: &str, words: &mut Vec<OsString>) {
    const USAGE: &str = "Usage: echo [[HOST] PORT] [options]";
    let wrong = !is_right(words);
    match mistake {
        "has_another_default_port" if words.is_empty() => words.push("0".into()),
        "takes_any_word_for_a_port" if words.len() == 1 && wrong => words[0] = "0".into(),
        "ignores_further_arguments" if words.len() > 2 => *words = vec!["0".into()],
        "ignores_unknown_options" => {
            words.retain(|word| is_known(word) || !word.to_string_lossy().starts_with("--"));
        }
        "panics_at_a_wrong_port" if words.len() == 1 && wrong => panic!("called unwrap() on ParseIntError"),
        "has_no_help" if words.iter().any(|word| word == "--help") => {
            complain!("Error: there is no option \"--help\"\n{USAGE}");
            support::flush();
            process::exit(2);
        }
        "prints_its_usage_on_standard_output" if wrong => {
            say!("Error: the command line is wrong\n{USAGE}");
            process::exit(2);
        }
        "ends_with_code_0_on_a_wrong_command_line" if wrong => {
            complain!("Error: the command line is wrong\n{USAGE}");
            support::flush();
            process::exit(0);
        }
        _ => {}
    }
}

/// Whether the command line is right, but for a host that may be unknown.
fn is_right(words: &[OsString]) -> bool {
    let address: Vec<_> =
        words.iter().filter(|word| !is_known(word)).map(|word| word.to_string_lossy()).collect();
    let port = address.last().is_none_or(|port| port.parse::<u16>().is_ok());
    port && address.len() <= 2 && !address.iter().any(|word| word.starts_with('-'))
}

fn is_known(option: &OsString) -> bool {
    option == "--help" || option == "--quiet"
}

/// Binds a socket of any kind to the address.
pub fn bind<S>(mistake: &str, address: &Address, bind: impl Fn(SocketAddr) -> io::Result<S>) -> Result<S> {
    let bound = resolve(mistake, address).and_then(|found| match bind(found) {
        Err(error) if mistake == "panics_when_the_port_is_taken" => panic!("called unwrap() on {error}"),
        Err(_) if mistake == "takes_another_port_when_one_is_taken" => bind(SocketAddr::new(found.ip(), 0)),
        bound => bound,
    });
    bound.map_err(|error| {
        if mistake == "says_an_error_in_several_lines" {
            return anyhow::Error::from(error).context(format!("cannot listen on {address}"));
        }
        anyhow!("cannot listen on {address}: {error}")
    })
}

fn resolve(mistake: &str, address: &Address) -> io::Result<SocketAddr> {
    match address.resolve() {
        Ok(found) if mistake == "knows_only_ipv4" && found.is_ipv6() => {
            Err(io::Error::new(ErrorKind::InvalidInput, "invalid IPv4 address"))
        }
        Ok(found) if mistake == "listens_on_all_addresses" && found.is_ipv4() => {
            Ok((Ipv4Addr::UNSPECIFIED, found.port()).into())
        }
        Err(_) if mistake == "takes_an_unknown_host_for_localhost" => {
            Ok((Ipv4Addr::LOCALHOST, address.port).into())
        }
        found => found,
    }
}

/// Prints the first line.
pub fn announce(mistake: &str, asked: &Address, got: SocketAddr) {
    match mistake {
        "names_the_port_that_was_asked_for" => say!("Server listening on {asked}..."),
        "names_another_host" => say!("Server listening on localhost:{}...", got.port()),
        "does_not_flush_the_first_line" => {
            let mut screen = BufWriter::new(io::stdout());
            let _ = writeln!(screen, "Server listening on {}:{}...", asked.host, got.port());
            mem::forget(screen);
        }
        _ => support::announce(asked, got),
    }
}

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

/// The lines about one client.
pub struct Screen {
    pub mistake: &'static str,
    pub quiet: bool,
    pub peer: SocketAddr,
    /// Whether the lines name the client, as from step 02 on.
    pub named: bool,
}

/// The client that was the last to come, if a mistake needs it.
static LATEST: Mutex<Option<SocketAddr>> = Mutex::new(None);

impl Screen {
    pub fn connected(&self) {
        if self.mistake == "names_the_client_that_came_last" {
            *LATEST.lock().unwrap() = Some(self.peer);
        }
        self.event(&format!("Connection from {}", self.peer));
    }

    pub fn received(&self, bytes: &[u8]) {
        let late = self.mistake == "says_echoed_before_received";
        self.message(if late { "Echoed to" } else { "Received from" }, bytes);
    }

    pub fn echoed(&self, bytes: &[u8]) {
        let late = self.mistake == "says_echoed_before_received";
        self.message(if late { "Received from" } else { "Echoed to" }, bytes);
    }

    pub fn closed(&self) {
        if self.mistake == "never_says_that_a_connection_is_closed" {
            return;
        }
        let client = if self.named { format!(": {}", self.name()) } else { String::new() };
        self.event(&format!("Connection closed{client}"));
    }

    fn name(&self) -> SocketAddr {
        LATEST.lock().unwrap().unwrap_or(self.peer)
    }

    fn event(&self, text: &str) {
        if !(self.quiet && self.mistake == "says_nothing_at_all_when_quiet") {
            self.print("", text);
        }
    }

    fn message(&self, event: &str, bytes: &[u8]) {
        if self.quiet {
            return;
        }
        let verb = event.split(' ').next().unwrap_or_default();
        let event = if self.named { format!("{event} {}: ", self.name()) } else { format!("{verb}: ") };
        self.print(&event, &self.shown(bytes));
    }

    /// A message, made harmless.
    fn shown(&self, bytes: &[u8]) -> String {
        let trimmed = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let trimmed = trimmed.strip_suffix(b"\r").unwrap_or(trimmed);
        match self.mistake {
            "prints_what_a_client_sends_raw" => String::from_utf8_lossy(trimmed).chars().take(80).collect(),
            "does_not_cut_what_it_prints" => trimmed.escape_ascii().to_string(),
            "prints_the_line_ending" if trimmed.len() < 80 => bytes.escape_ascii().to_string(),
            _ => printable(bytes).to_string(),
        }
    }

    fn print(&self, start: &str, rest: &str) {
        match self.mistake {
            "uses_println" => println!("{start}{rest}"),
            "prints_a_line_in_pieces" => {
                print_piece(start);
                // Another thread prints meanwhile: on a real server this takes luck.
                thread::sleep(Duration::from_millis(1));
                print_piece(&format!("{rest}\n"));
            }
            _ => say!("{start}{rest}"),
        }
    }
}

fn print_piece(text: &str) {
    let mut screen = io::stdout();
    let _ = screen.write_all(text.as_bytes()).and_then(|()| screen.flush());
}

/// Sends back all that comes `from` the client, until its last byte, and returns how much that was.
pub fn echo(from: &mut dyn Read, to: &mut dyn Write, screen: &Screen) -> io::Result<usize> {
    let mut buffer = vec![0; 256 * 1024];
    let mut echoed = 0;
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(echoed);
        }
        let bytes = &buffer[..count];
        screen.received(bytes);
        to.write_all(bytes)?;
        screen.echoed(bytes);
        echoed += count;
    }
}

/// The conversation with a client, with the mistakes that one can make with a single one.
pub fn converse(mut client: &TcpStream, screen: &Screen) -> io::Result<usize> {
    match screen.mistake {
        "needs_a_newline" => {
            let mut lines = Lines { client: BufReader::new(client), line: VecDeque::new() };
            echo(&mut lines, &mut client, screen)
        }
        "keeps_the_whole_line" => echo(&mut Keeper { client, line: Vec::new() }, &mut client, screen),
        "queues_without_bound" => echo_by_queue(client, screen),
        mistake => echo(&mut &*client, &mut Spoiler { mistake, client, ending: None }, screen),
    }
}

/// Reads whole lines.
struct Lines<'a> {
    client: BufReader<&'a TcpStream>,
    line: VecDeque<u8>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() {
            let mut line = Vec::new();
            self.client.read_until(b'\n', &mut line)?;
            self.line = line.into();
        }
        self.line.read(buffer)
    }
}

/// Reads what comes, and collects the line that it belongs to.
struct Keeper<'a> {
    client: &'a TcpStream,
    line: Vec<u8>,
}

impl Read for Keeper<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.client.read(buffer)?;
        self.line.extend_from_slice(&buffer[..count]);
        if self.line.ends_with(b"\n") {
            self.line.clear();
        }
        Ok(count)
    }
}

/// Writes something else than it was given.
struct Spoiler<'a> {
    mistake: &'static str,
    client: &'a TcpStream,
    /// That of the client's first line.
    ending: Option<&'static str>,
}

impl Write for Spoiler<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut client = self.client;
        client.write_all(&self.spoilt(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spoiler<'_> {
    fn spoilt<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match self.mistake {
            "answers_with_the_first_line_ending" => self.with_first_ending(bytes),
            "skips_blanks" if bytes.iter().all(|byte| b" \t".contains(byte)) => Cow::default(),
            "strips_the_newline" if str::from_utf8(bytes).is_ok() => bytes.trim_ascii_end().into(),
            "skips_empty_lines" if bytes.iter().all(|byte| b"\r\n".contains(byte)) => Cow::default(),
            "echoes_1024_bytes_of_each_read" => bytes[..bytes.len().min(1024)].into(),
            "makes_text_of_all_bytes" => String::from_utf8_lossy(bytes).into_owned().into_bytes().into(),
            "panics_at_bytes_that_are_no_text" => {
                String::from_utf8(bytes.into()).unwrap().into_bytes().into()
            }
            "turns_crlf_into_lf" => match str::from_utf8(bytes) {
                Ok(text) => text.replace("\r\n", "\n").into_bytes().into(),
                Err(_) => bytes.into(),
            },
            _ => bytes.into(),
        }
    }

    /// A line of text, with the ending that the client's first line had.
    fn with_first_ending<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let Some(line) = str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix('\n')) else {
            return bytes.into();
        };
        let (line, ending) = line.strip_suffix('\r').map_or((line, "\n"), |line| (line, "\r\n"));
        let ending = *self.ending.get_or_insert(ending);
        format!("{line}{ending}").into_bytes().into()
    }
}

/// Reads what comes within a moment, so as to echo it in one go.
pub struct Batches<'a> {
    pub client: &'a TcpStream,
    pub moment: Duration,
    /// What came just before the client's end is lost.
    pub forgets_the_last: bool,
}

impl Read for Batches<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = self.client.read(buffer)?;
        self.client.set_read_timeout(Some(self.moment))?;
        while count > 0 && count < buffer.len() {
            match self.client.read(&mut buffer[count..]) {
                Ok(0) if self.forgets_the_last => count = 0,
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                Err(error) => return Err(error),
            }
        }
        self.client.set_read_timeout(None)?;
        Ok(count)
    }
}

/// Reads however little the client takes of what a thread of its own writes to it.
fn echo_by_queue(client: &TcpStream, screen: &Screen) -> io::Result<usize> {
    let (mut queue, queued) = queue(Duration::from_millis(8));
    thread::scope(|scope| {
        scope.spawn(|| queued.write_all_to(client));
        let echoed = echo(&mut &*client, &mut queue, screen);
        drop(queue); // ends the thread
        echoed
    })
}

/// A queue to a thread that writes. When it holds much, it makes whoever adds to it wait, for no longer than `patience`.
/// A client that does read is hardly overtaken, so that for one that doesn't the queue grows, and only for that one.
pub fn queue(patience: Duration) -> (Queue, Queued) {
    let (sender, receiver) = mpsc::channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Queue { sender, waiting: Arc::clone(&waiting), patience }, Queued { receiver, waiting })
}

pub struct Queue {
    sender: Sender<Vec<u8>>,
    /// How many bytes are in it.
    waiting: Arc<AtomicUsize>,
    patience: Duration,
}

impl Write for Queue {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const MUCH: usize = 4 * 1024 * 1024;
        let start = Instant::now();
        while self.waiting.load(Ordering::SeqCst) > MUCH && start.elapsed() < self.patience {
            thread::sleep(Duration::from_millis(1));
        }
        self.waiting.fetch_add(bytes.len(), Ordering::SeqCst);
        self.sender.send(bytes.into()).map_err(|_| ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub struct Queued {
    receiver: Receiver<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
}

impl Queued {
    /// Writes all that is queued and will be, until the other end is dropped.
    pub fn write_all_to(self, mut client: &TcpStream) {
        for bytes in &self.receiver {
            if client.write_all(&bytes).is_err() {
                self.waiting.store(0, Ordering::SeqCst); // nobody shall wait for this thread
                return;
            }
            self.waiting.fetch_sub(bytes.len(), Ordering::SeqCst);
        }
    }
}
