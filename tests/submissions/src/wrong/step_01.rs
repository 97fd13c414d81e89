//! Mistakes of step 01: one client at a time.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use support::{Address, complain};

use super::Mistake;
use super::common::{self, Batches, Screen, criteria as c, mistake};

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake(
        "needs_a_newline",
        "it echoes whole lines, and keeps what has no newline yet",
        &[
            c::NO_NEWLINE,
            c::NO_TEXT,
            c::LONG_CONVERSATION,
            c::MEBIBYTE,
            c::SLOW_READER,
            c::FORGED,
            c::CUT,
            c::LINE_WITHOUT_END,
            c::NEVER_READS,
        ],
    ),
    mistake(
        "strips_the_newline",
        "it trims what it echoes",
        &[
            c::A_LINE,
            c::NO_NEWLINE,
            c::NO_TEXT,
            c::NO_ARGUMENT,
            c::ONE_ARGUMENT,
            c::HOST_ALONE,
            c::TWO_ARGUMENTS,
            c::IPV6,
            c::INTERRUPT,
            c::EACH_EVENT,
            c::LOST,
            c::QUIET,
            c::ONE_AFTER_ANOTHER,
            c::LEAVES_AT_ONCE,
            c::RESET,
            c::LINE_WITHOUT_END,
            c::NEVER_READS,
            c::UNHEARD,
            ONE_AT_A_TIME,
        ],
    ),
    mistake(
        "answers_with_the_first_line_ending",
        "all lines come back with the ending of the client's first",
        &[c::A_LINE],
    ),
    mistake("skips_blanks", "it doesn't echo what is only spaces", &[c::NO_NEWLINE]),
    mistake(
        "turns_crlf_into_lf",
        "a line that ends in \\r\\n comes back with \\n",
        &[c::A_LINE, c::EACH_EVENT],
    ),
    mistake(
        "panics_at_bytes_that_are_no_text",
        "String::from_utf8(...).unwrap() panics when bytes are no UTF-8",
        NOISE,
    ),
    mistake("makes_text_of_all_bytes", "String::from_utf8_lossy() replaces what is no UTF-8", NOISE),
    mistake("skips_empty_lines", "it doesn't echo a line with nothing on it", &[c::NO_TEXT]),
    mistake(
        "echoes_1024_bytes_of_each_read",
        "it echoes at most 1024 bytes of what it has read",
        &[c::LONG_CONVERSATION, c::MEBIBYTE, c::SLOW_READER, c::HALF_CLOSE, c::LINE_WITHOUT_END, c::CUT],
    ),
    mistake(
        "calls_write_once",
        "what write() doesn't take at once is lost: it is write_all() that goes on",
        &[c::MEBIBYTE, c::SLOW_READER, c::HALF_CLOSE, c::LINE_WITHOUT_END],
    ),
    mistake(
        "is_right_up_to_64_kib",
        "it closes the connection after 64 KiB",
        &[c::LONG_CONVERSATION, c::MEBIBYTE, c::SLOW_READER, c::HALF_CLOSE, c::LINE_WITHOUT_END],
    ),
    mistake(
        "forgets_the_last_words",
        "when the client has sent its last, what was not echoed yet is lost",
        &[c::HALF_CLOSE],
    ),
    mistake(
        "leaves_the_connection_open",
        "it keeps the sockets of clients that have sent their last",
        &[c::HALF_CLOSE, c::ONE_AFTER_ANOTHER],
    ),
    mistake(
        "ends_after_the_first_client",
        "it accepts one client and ends with it",
        &[
            c::HALF_CLOSE,
            c::ONE_AFTER_ANOTHER,
            c::LEAVES_AT_ONCE,
            c::RESET,
            c::LINE_WITHOUT_END,
            c::NEVER_READS,
            c::UNHEARD,
            ONE_AT_A_TIME,
        ],
    ),
    mistake("ends_after_25_clients", "it ends after 25 clients", &[c::ONE_AFTER_ANOTHER]),
    mistake(
        "panics_when_a_client_says_nothing",
        "it panics when a client leaves without a word",
        &[c::LEAVES_AT_ONCE],
    ),
    mistake(
        "panics_at_a_clients_error",
        "read() and write() are followed by unwrap()",
        &[c::LEAVES_AT_ONCE, c::RESET, c::NEVER_READS, c::UNHEARD, c::LOST],
    ),
    mistake(
        "panics_at_a_reset_in_mid_conversation",
        "all calls of read() but the first are followed by unwrap()",
        &[c::RESET, c::LOST],
    ),
    mistake(
        "keeps_the_whole_line",
        "it collects the line that it echoes, however long",
        &[c::LINE_WITHOUT_END],
    ),
    mistake(
        "queues_without_bound",
        "it goes on reading from a client that doesn't take its echo",
        &[c::NEVER_READS],
    ),
    mistake("serves_several_at_once", "it starts a thread for each client", &[ONE_AT_A_TIME]),
    mistake("ignores_ctrl_c", "its handler of Ctrl+C does nothing", &[c::INTERRUPT]),
    mistake(
        "does_not_reuse_the_address",
        "without SO_REUSEADDR the port stays taken for a while after its end",
        &[c::INTERRUPT],
    ),
    mistake("uses_println", "println! panics when standard output is a broken pipe", &[c::UNHEARD]),
    mistake("ignores_quiet", "it prints the same with --quiet and without", &[c::QUIET]),
    mistake(
        "says_nothing_at_all_when_quiet",
        "with --quiet it leaves out all lines but the first",
        &[c::QUIET],
    ),
    mistake(
        "prints_what_a_client_sends_raw",
        "what a client sends stands on the screen as it is",
        &[c::FORGED],
    ),
    mistake("does_not_cut_what_it_prints", "a message stands on the screen at full length", &[c::CUT]),
    mistake("prints_the_line_ending", "a message stands on the screen with its \\r\\n", &[c::EACH_EVENT]),
    mistake(
        "says_echoed_before_received",
        "it says that it has echoed before it says what it has received",
        &[c::EACH_EVENT],
    ),
    mistake(
        "never_says_that_a_connection_is_closed",
        "no line says that a client has left",
        &[c::EACH_EVENT, c::LOST, c::QUIET, ONE_AT_A_TIME],
    ),
    mistake(
        "never_says_that_a_lost_client_has_gone",
        "\"Connection closed\" stands where only the end of file leads, not an error",
        &[c::LOST],
    ),
    mistake(
        "names_the_port_that_was_asked_for",
        "its first line names port 0, not the one that it got",
        &[
            c::A_LINE,
            c::NO_NEWLINE,
            c::NO_TEXT,
            c::LONG_CONVERSATION,
            c::MEBIBYTE,
            c::SLOW_READER,
            c::HALF_CLOSE,
            c::HOST_ALONE,
            c::TWO_ARGUMENTS,
            c::IPV6,
            c::EACH_EVENT,
            c::LOST,
            c::QUIET,
            c::FORGED,
            c::CUT,
            c::ONE_AFTER_ANOTHER,
            c::LEAVES_AT_ONCE,
            c::RESET,
            c::LINE_WITHOUT_END,
            c::NEVER_READS,
            c::UNHEARD,
            ONE_AT_A_TIME,
        ],
    ),
    mistake("does_not_flush_the_first_line", "its first line stays in a buffer of its own", ALL_THAT_LISTEN),
    mistake("says_that_it_listens_too_early", "it prints its first line before it listens", ALL_THAT_LISTEN),
    common::IGNORES_THE_PORT,
    common::IGNORES_THE_HOST,
    common::LISTENS_ON_ALL_ADDRESSES,
    common::NAMES_ANOTHER_HOST,
    common::HAS_ANOTHER_DEFAULT_PORT,
    common::KNOWS_ONLY_IPV4,
    common::TAKES_AN_UNKNOWN_HOST_FOR_LOCALHOST,
    common::PANICS_WHEN_THE_PORT_IS_TAKEN,
    common::TAKES_ANOTHER_PORT_WHEN_ONE_IS_TAKEN,
    common::SAYS_AN_ERROR_IN_SEVERAL_LINES,
    common::HAS_NO_HELP,
    common::TAKES_ANY_WORD_FOR_A_PORT,
    common::PANICS_AT_A_WRONG_PORT,
    common::IGNORES_FURTHER_ARGUMENTS,
    common::IGNORES_UNKNOWN_OPTIONS,
    common::PRINTS_ITS_USAGE_ON_STANDARD_OUTPUT,
    common::ENDS_WITH_CODE_0_ON_A_WRONG_COMMAND_LINE,
];

const ONE_AT_A_TIME: &str = "one_client_at_a_time_is_served_the_next_when_it_leaves";

/// The criteria that send bytes of any value.
const NOISE: &[&str] = &[c::NO_TEXT, c::LONG_CONVERSATION, c::MEBIBYTE, c::SLOW_READER, c::HALF_CLOSE];

/// The criteria that want to connect.
const ALL_THAT_LISTEN: &[&str] = &[
    c::A_LINE,
    c::NO_NEWLINE,
    c::NO_TEXT,
    c::LONG_CONVERSATION,
    c::MEBIBYTE,
    c::SLOW_READER,
    c::HALF_CLOSE,
    c::NO_ARGUMENT,
    c::ONE_ARGUMENT,
    c::HOST_ALONE,
    c::TWO_ARGUMENTS,
    c::IPV6,
    c::INTERRUPT,
    c::EACH_EVENT,
    c::LOST,
    c::QUIET,
    c::FORGED,
    c::CUT,
    c::ONE_AFTER_ANOTHER,
    c::LEAVES_AT_ONCE,
    c::RESET,
    c::LINE_WITHOUT_END,
    c::NEVER_READS,
    c::UNHEARD,
    ONE_AT_A_TIME,
];

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> anyhow::Result<()> {
    let (address, quiet) =
        common::command_line(mistake, "Echoes every byte back, to one client at a time.", words);
    let listener = listen(mistake, &address)?;
    common::announce(mistake, &address, listener.local_addr()?);
    let listener =
        if mistake == "says_that_it_listens_too_early" { listen_later(listener)? } else { listener };
    if mistake == "ignores_ctrl_c" {
        ctrlc::set_handler(|| {})?;
    }

    let last = match mistake {
        "ends_after_the_first_client" => 1,
        "ends_after_25_clients" => 25,
        _ => usize::MAX,
    };
    for _ in 0..last {
        let (client, peer) = common::accept(&listener);
        let screen = Screen { mistake, quiet, peer, named: false };
        if mistake == "serves_several_at_once" {
            thread::spawn(move || visit(client, &screen));
        } else {
            visit(client, &screen);
        }
    }
    Ok(())
}

fn listen(mistake: &str, address: &Address) -> anyhow::Result<TcpListener> {
    // Port 8080 may have been another submission's a moment ago.
    if mistake == "does_not_reuse_the_address" && address.port != 8080 {
        return common::bind(mistake, address, listen_without_reuse);
    }
    common::bind(mistake, address, TcpListener::bind)
}

/// Like `TcpListener::bind`, but without the option `SO_REUSEADDR`: while an old connection to the port fades away, the
/// port can't be had.
fn listen_without_reuse(address: SocketAddr) -> io::Result<TcpListener> {
    use tokio::net::TcpSocket;

    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.bind(address)?;
        let listener = socket.listen(128)?.into_std()?;
        listener.set_nonblocking(false)?;
        Ok(listener)
    })
}

/// Nobody listens for a while.
fn listen_later(listener: TcpListener) -> io::Result<TcpListener> {
    let address = listener.local_addr()?;
    drop(listener);
    thread::sleep(Duration::from_secs(2));
    TcpListener::bind(address)
}

/// One client, from beginning to end.
fn visit(client: TcpStream, screen: &Screen) {
    screen.connected();
    match converse(&client, screen) {
        Ok(0) if screen.mistake == "panics_when_a_client_says_nothing" => panic!("called unwrap() on None"),
        Err(error) if screen.mistake == "panics_at_a_clients_error" => panic!("called unwrap() on {error}"),
        Err(error) => {
            complain!("Lost {}: {error}", screen.peer);
            if screen.mistake == "never_says_that_a_lost_client_has_gone" {
                return;
            }
        }
        Ok(_) => {}
    }
    if screen.mistake == "leaves_the_connection_open" {
        mem::forget(client);
    }
    screen.closed();
}

/// How long it waits for more, where a mistake lies in what comes together.
const MOMENT: Duration = Duration::from_millis(30);

fn converse(mut client: &TcpStream, screen: &Screen) -> io::Result<usize> {
    match screen.mistake {
        "is_right_up_to_64_kib" => common::echo(&mut client.take(64 * 1024), &mut &*client, screen),
        "forgets_the_last_words" => {
            common::echo(&mut Batches { client, moment: MOMENT, forgets_the_last: true }, &mut client, screen)
        }
        "calls_write_once" => {
            has_a_small_buffer(client)?;
            let mut batches = Batches { client, moment: MOMENT, forgets_the_last: false };
            common::echo(&mut batches, &mut WriteOnce(client), screen)
        }
        "panics_at_a_reset_in_mid_conversation" => {
            // With a moment's wait, a client that is reset at once never comes to its second read.
            let batches = Batches { client, moment: MOMENT, forgets_the_last: false };
            common::echo(&mut Unwrapping { batches, is_first: true }, &mut client, screen)
        }
        _ => common::converse(client, screen),
    }
}

/// Reads, and from the second time on panics at an error.
struct Unwrapping<'a> {
    batches: Batches<'a>,
    is_first: bool,
}

impl Read for Unwrapping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.batches.read(buffer);
        if mem::take(&mut self.is_first) { result } else { Ok(result.unwrap()) }
    }
}

/// Calls `write()` once, on a socket that doesn't block: what doesn't fit into the system's buffer is lost.
struct WriteOnce<'a>(&'a TcpStream);

impl Write for WriteOnce<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set_nonblocking(true)?;
        let _ = self.0.write(bytes);
        self.0.set_nonblocking(false)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// So that a large write never fits, however fast the client reads.
fn has_a_small_buffer(client: &TcpStream) -> io::Result<()> {
    tokio::net::TcpSocket::from_std_stream(client.try_clone()?).set_send_buffer_size(16 * 1024)
}
