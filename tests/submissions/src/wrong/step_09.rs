//! Mistakes of step 09: the client.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, ErrorKind, IsTerminal, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::process::{self, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use support::{Address, complain, escaped, printable, say};

use super::Mistake;
use super::common::mistake;

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake("has_no_help", "--help is an unknown option to it", &[HELP]),
    mistake("takes_any_mode", "a mode that it doesn't know is interactive to it", &[WRONG]),
    mistake("ignores_further_arguments", "words behind the mode are no mistake to it", &[WRONG]),
    mistake("has_another_default_port", "without arguments it talks to port 8081", &[NO_ARGUMENT]),
    mistake(
        "takes_one_word_for_the_port",
        "as servers do, it takes a single word for the port",
        &[ONE_ARGUMENT],
    ),
    mistake("writes_ipv6_without_brackets", "it puts host, colon and port together", &[IPV6]),
    mistake("panics_when_refused", "connect(...).unwrap() panics when nobody listens", &[NOBODY]),
    mistake("does_not_ask_whether_it_runs", "the second line of the error is missing", CANNOT_CONNECT),
    mistake("tries_for_ever", "connect() without a timeout takes minutes when nobody answers", &[GIVES_UP]),
    mistake("gives_up_after_a_second", "it waits a second for the connection, not five", &[GIVES_UP]),
    mistake("sends_empty_lines", "an empty line is sent as one", &[A_LINE]),
    mistake("drops_the_last_line", "a last line without a newline is not sent", &[A_LINE]),
    mistake("ends_with_code_1_after_a_pipe", "the end of the pipe is a failure to it", &[END_OF_PIPE]),
    mistake(
        "closes_at_the_end_of_the_pipe",
        "it ends when all is sent, before all is heard",
        &[END_OF_PIPE, FLOOD],
    ),
    mistake(
        "shows_the_newline_as_a_line",
        "what split('\\n') finds behind it is a line, too",
        &[END_OF_PIPE],
    ),
    mistake("knows_exit_but_not_quit", "quit is a message to it", &[EXIT]),
    mistake("sends_quit_as_it_was_typed", "it sends what was typed, not exit", &[EXIT]),
    mistake("does_not_wait_for_goodbye", "it ends at once when exit is sent", &[EXIT, EACH_LINE, T_TYPED]),
    mistake("takes_any_line_with_exit_for_exit", "starts_with(\"exit\") is too much", &[NO_EXIT]),
    mistake("waits_for_ever_after_exit", "after exit it waits until the server closes", &[AFTER_EXIT]),
    mistake("shows_the_carriage_return", "it takes off the \\n of a line only", &[SPEAKS_FIRST]),
    mistake("waits_for_a_newline", "read_until() waits for a newline that doesn't come", &[NO_NEWLINE]),
    mistake("loses_the_rest_at_the_end", "what has no newline at the end is not shown", &[CLOSES]),
    mistake(
        "notices_the_end_at_the_next_line",
        "that the server has closed shows only when the next line is typed",
        &[END_OF_PIPE, CLOSES, CRASHES, FLOOD, T_CLOSES],
    ),
    mistake("panics_when_the_connection_breaks", "read(...).unwrap() panics at a reset", &[CRASHES]),
    mistake("shows_control_characters", "what the server says reaches the terminal as it is", &[FORGE]),
    mistake("cuts_what_it_shows", "printable() cuts at 80 characters", &[FORGE]),
    mistake("shows_a_read_as_a_line", "it says \"Server: \" once for all lines of a read", &[FORGE]),
    mistake("listens_in_pauses_only", "while it sends it doesn't listen", &[FLOOD]),
    mistake("uses_println", "println! panics when standard output is a broken pipe", &[UNHEARD]),
    mistake("handles_ctrl_c_on_a_terminal_only", "with a pipe Ctrl+C kills it", &[CTRL_C]),
    mistake("sends_exit_on_ctrl_c", "Ctrl+C sends what exit sends", &[CTRL_C, T_CTRL_C, T_HALF_A_LINE]),
    mistake("accepts_no_prefix", "only the message itself is its echo", &[HELLO, PIECES]),
    mistake("goes_on_after_100_ms", "it sends the next message before the echo has come", &[AWAITS]),
    mistake("takes_one_read_for_a_reply", "a reply that comes in pieces is wrong to it", &[PIECES]),
    mistake("waits_for_ever_for_an_echo", "without a timeout it waits until the server closes", &[MISSING]),
    mistake("ends_with_code_0_when_one_is_missing", "what is missing is told, and no failure", &[MISSING]),
    mistake("cannot_send_an_empty_file", "it takes 0 bytes for a mistake", &[FILE]),
    mistake("receives_when_all_is_sent", "it doesn't read while it sends", &[LARGE]),
    mistake("compares_the_lengths_only", "a byte that has changed is not noticed", &[CHANGED]),
    mistake("ignores_the_length_that_comes_back", "the first 4 bytes are skipped", &[SHORT]),
    mistake("compares_what_has_come_back", "zip() ends with the shorter of the two", &[SHORT, MIDWAY]),
    mistake("panics_when_there_is_no_file", "open(...).unwrap() panics", &[NOT_THERE, MODE]),
    mistake(
        "connects_before_it_opens",
        "without a server it doesn't say that there is no file",
        &[NOT_THERE, TOO_LARGE, MODE],
    ),
    mistake("cuts_a_length_to_4_bytes", "length as u32 is 0 for 4 GiB", &[TOO_LARGE]),
    mistake("reads_the_whole_file", "fs::read() has all of it in memory", &[MEMORY]),
    mistake(
        "leaves_the_terminal_raw",
        "when the server closes it doesn't put the terminal back",
        &[T_CLOSES],
    ),
    mistake("shows_no_progress", "it is silent while it sends", &[PROGRESS]),
];

const HELP: &str = "arguments::help_explains_the_command_line_with_an_example";
const WRONG: &str = "arguments::a_wrong_command_line_is_refused_with_the_reason";
const NO_ARGUMENT: &str = "arguments::without_arguments_it_talks_to_localhost_8080";
const ONE_ARGUMENT: &str = "arguments::one_argument_is_the_host";
const IPV6: &str = "arguments::ipv6_works";
const NOBODY: &str = "connecting::nobody_listening_is_said";
const UNKNOWN: &str = "connecting::an_unknown_host_is_said";
const GIVES_UP: &str = "connecting::it_gives_up_after_five_seconds";
const EACH_LINE: &str = "conversation::each_line_gets_its_reply_from_the_server_of_step_03";
const A_LINE: &str = "conversation::a_line_is_sent_with_its_newline_and_an_empty_one_is_not";
const END_OF_PIPE: &str = "conversation::at_the_end_of_the_pipe_all_replies_are_still_shown";
const EXIT: &str = "conversation::exit_or_quit_in_any_case_sends_exit";
const NO_EXIT: &str = "conversation::words_that_only_begin_like_exit_are_messages";
const AFTER_EXIT: &str = "conversation::after_exit_a_server_that_stays_is_not_waited_for_without_end";
const SPEAKS_FIRST: &str = "conversation::a_server_that_speaks_first_is_heard_at_once";
const NO_NEWLINE: &str = "conversation::a_reply_without_a_newline_is_shown_at_once";
const CLOSES: &str = "conversation::a_server_that_closes_is_noticed_at_once";
const CRASHES: &str = "conversation::a_server_that_crashes_has_closed_too";
const FORGE: &str = "conversation::what_the_server_says_can_neither_forge_a_line_nor_move_the_cursor";
const FLOOD: &str = "conversation::a_flood_through_the_pipe_is_no_deadlock";
const UNHEARD: &str = "conversation::output_that_nobody_hears_is_no_reason_to_panic";
const CTRL_C: &str = "conversation::ctrl_c_ends_the_session_without_sending";
const HELLO: &str = "three_messages::hello_world_and_test_come_back_from_the_server_of_step_03";
const AWAITS: &str = "three_messages::each_message_awaits_the_echo_of_the_one_before";
const PIECES: &str = "three_messages::an_echo_may_come_in_pieces";
const MISSING: &str = "three_messages::a_missing_or_different_echo_is_told";
const FILE: &str = "frame::a_file_is_one_frame_and_comes_back";
const LARGE: &str = "frame::a_large_file_is_received_while_it_is_sent";
const CHANGED: &str = "frame::a_byte_that_has_changed_is_told_with_its_place";
const SHORT: &str = "frame::a_file_that_comes_back_short_or_longer_is_told";
const MIDWAY: &str = "frame::a_server_that_closes_midway_is_told";
const MODE: &str = "arguments::a_mode_may_follow_the_host";
const NOT_THERE: &str = "frame::a_file_that_is_not_there_is_told";
const TOO_LARGE: &str = "frame::a_file_that_no_frame_can_hold_is_refused";
const MEMORY: &str = "frame::a_file_needs_no_memory";
const T_TYPED: &str = "terminal::a_line_typed_at_the_prompt_is_sent_and_answered";
const T_CTRL_C: &str = "terminal::ctrl_c_at_the_prompt_ends_the_session_without_sending";
const T_HALF_A_LINE: &str = "terminal::ctrl_c_in_the_middle_of_a_line_ends_the_session_too";
const T_CLOSES: &str = "terminal::a_server_that_closes_is_noticed_at_the_prompt";
const PROGRESS: &str = "terminal::sending_a_file_shows_its_progress";

const CANNOT_CONNECT: &[&str] = &[NOBODY, UNKNOWN, GIVES_UP];

/// The server is no longer heard, if that is the mistake.
static DEAF: AtomicBool = AtomicBool::new(false);

/// How long nothing is sent before that counts as a pause.
const PAUSE: Duration = Duration::from_millis(20);

const USAGE: &str = "Usage: 09_client [HOST [PORT]] [interactive | test | send FILE]";

/// A client with this mistake. Its terminal stays in cooked mode: the prompt is a word, and nothing more.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> Result<()> {
    let words = words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (address, mode, file) = parse(mistake, words).unwrap_or_else(|reason| {
        complain!("Error: {reason}\n{USAGE}");
        support::flush();
        process::exit(2);
    });
    let content = if mode == "send" { Some(open(mistake, &address, &file)) } else { None };
    let server = connect(mistake, &address);
    let well = match content {
        Some(content) => send(mistake, &server, &content)?,
        None if mode == "test" => test(mistake, &server)?,
        None => interactive(mistake, server, &address)?,
    };
    support::flush();
    process::exit(i32::from(!well));
}

type CommandLine = (Address, String, String);

fn parse(mistake: &str, mut words: Vec<String>) -> Result<CommandLine, String> {
    if words.iter().any(|word| word == "--help") && mistake != "has_no_help" {
        say!("{USAGE}\nHOST, PORT: the server\nExample: 09_client 127.0.0.1 4444 test");
        process::exit(0);
    }
    if let Some(option) = words.iter().find(|word| word.starts_with('-')) {
        return Err(format!("there is no option {option:?}"));
    }
    let mut default = "8080";
    match (mistake, words.len()) {
        ("has_another_default_port", 0) => default = "8081",
        ("takes_one_word_for_the_port", 1) => words.insert(0, "localhost".into()),
        ("ignores_further_arguments", 4..) if words[2] == "test" => words.truncate(3),
        _ => {}
    }
    let mut words = words.into_iter().peekable();
    let is_address = |word: &String| !["interactive", "test", "send"].contains(&word.as_str());
    let host = words.next_if(is_address).unwrap_or("localhost".into());
    let port = words.next_if(is_address).unwrap_or(default.into());
    let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
    let mode = words.next().unwrap_or("interactive".into());
    if is_address(&mode) && mistake != "takes_any_mode" {
        return Err(format!("there is no mode {mode:?}"));
    }
    let file = if mode == "send" { words.next().ok_or("send needs a file")? } else { String::new() };
    match words.next() {
        Some(extra) => Err(format!("there is nothing to do with {extra:?}")),
        None => Ok((Address { host, port }, mode, file)),
    }
}

fn connect(mistake: &str, address: &Address) -> TcpStream {
    let time = Duration::from_secs(if mistake == "gives_up_after_a_second" { 1 } else { 5 });
    let attempt = |found: SocketAddr| match mistake {
        "tries_for_ever" => TcpStream::connect(found),
        _ => TcpStream::connect_timeout(&found, time),
    };
    let found = (address.host.as_str(), address.port).to_socket_addrs();
    let reached = found.and_then(|found| {
        let mut failure = io::Error::from(ErrorKind::NotFound);
        for found in found {
            match attempt(found) {
                Ok(server) => return Ok(server),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    });
    match reached {
        Ok(server) => server,
        Err(error) if mistake == "panics_when_refused" && error.kind() == ErrorKind::ConnectionRefused => {
            panic!("called unwrap() on {error}")
        }
        Err(error) => {
            complain!("Error: cannot connect to {address}: {error}");
            if mistake != "does_not_ask_whether_it_runs" {
                complain!("Is the server running?");
            }
            support::flush();
            process::exit(1);
        }
    }
}

/// What ends a conversation.
#[derive(PartialEq)]
enum End {
    Closed,
    Exit,
    Left,
    SaidAll,
}

fn interactive(mistake: &'static str, server: TcpStream, address: &Address) -> Result<bool> {
    let line = |line: &str| match mistake {
        "uses_println" => println!("{line}"),
        _ => say!("{line}"),
    };
    match mistake {
        "writes_ipv6_without_brackets" => say!("Connected to server at {}:{}", address.host, address.port),
        _ => line(&format!("Connected to server at {address}")),
    }
    line("exit or quit ends the session");
    let server = Arc::new(server);
    let (ended, end) = mpsc::channel();
    let (on_ctrl_c, at_ctrl_c) = (ended.clone(), Arc::clone(&server));
    if mistake != "handles_ctrl_c_on_a_terminal_only" || io::stdin().is_terminal() {
        ctrlc::set_handler(move || {
            if mistake == "sends_exit_on_ctrl_c" {
                let _ = (&*at_ctrl_c).write_all(b"exit\n");
            }
            let _ = on_ctrl_c.send(End::Left);
        })?;
    }
    let last_sent = Arc::new(Mutex::new(Instant::now()));
    let (listening, closed, guard) = (Arc::clone(&server), ended.clone(), Arc::clone(&last_sent));
    thread::spawn(move || {
        listen(mistake, &listening, &guard);
        if mistake != "notices_the_end_at_the_next_line" {
            let _ = closed.send(End::Closed);
        }
    });
    let speaking = Arc::clone(&server);
    thread::spawn(move || speak(mistake, &speaking, &ended, &last_sent));

    let first = end.recv()?;
    match first {
        End::Closed => {}
        End::Exit if mistake == "does_not_wait_for_goodbye" => thread::sleep(PAUSE * 5),
        End::Exit if mistake == "waits_for_ever_after_exit" => drop(end.recv()),
        End::Exit => drop(end.recv_timeout(Duration::from_secs(1))),
        End::SaidAll if mistake == "closes_at_the_end_of_the_pipe" => {}
        End::SaidAll => {
            let _ = server.shutdown(Shutdown::Write);
            let _ = end.recv();
        }
        End::Left => {
            let _ = server.shutdown(Shutdown::Write);
            let _ = end.recv_timeout(Duration::from_secs(1));
        }
    }
    if mistake == "leaves_the_terminal_raw" && first == End::Closed {
        let _ = Command::new("stty").args(["-icanon", "-echo"]).status();
    }
    line(if first == End::Closed { "Server closed the connection" } else { "Disconnected from server" });
    Ok(!(mistake == "ends_with_code_1_after_a_pipe" && first == End::SaidAll))
}

fn speak(mistake: &str, mut server: &TcpStream, ended: &Sender<End>, last_sent: &Mutex<Instant>) {
    let is_terminal = io::stdin().is_terminal();
    loop {
        if is_terminal {
            let _ = io::stdout().write_all(b"> ").and_then(|()| io::stdout().flush());
        }
        let mut line = Vec::new();
        let count = io::stdin().lock().read_until(b'\n', &mut line).unwrap_or(0);
        if count == 0 {
            let _ = ended.send(if is_terminal { End::Left } else { End::SaidAll });
            return;
        }
        if mistake == "drops_the_last_line" && !line.ends_with(b"\n") {
            continue;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let word = line.to_ascii_lowercase();
        let exit = match mistake {
            "knows_exit_but_not_quit" => word == b"exit",
            "takes_any_line_with_exit_for_exit" => word.starts_with(b"exit") || word == b"quit",
            _ => word == b"exit" || word == b"quit",
        };
        if exit {
            let _ = ended.send(End::Exit);
            if mistake == "does_not_wait_for_goodbye" {
                DEAF.store(true, Ordering::Relaxed);
            }
            let word = if mistake == "sends_quit_as_it_was_typed" { line } else { b"exit" };
            let _ = server.write_all(&[word, b"\n"].concat());
            return;
        }
        if !line.is_empty() || mistake == "sends_empty_lines" {
            let mut last_sent = last_sent.lock().unwrap();
            let _ = server.write_all(&[line, b"\n"].concat());
            *last_sent = Instant::now();
        }
    }
}

fn listen(mistake: &str, mut server: &TcpStream, last_sent: &Mutex<Instant>) {
    let patience = |said: &[u8]| match mistake {
        "listens_in_pauses_only" => Some(PAUSE),
        "waits_for_a_newline" => None,
        _ => (!said.is_empty()).then_some(Duration::from_millis(50)),
    };
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let _ = server.set_read_timeout(patience(&said));
        while mistake == "listens_in_pauses_only" && last_sent.lock().unwrap().elapsed() < PAUSE {
            thread::sleep(Duration::from_millis(1));
        }
        let ready = match server.read(&mut buffer) {
            Ok(count @ 1..) => {
                said.extend_from_slice(&buffer[..count]);
                said.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => said.len(),
            Err(error) if mistake == "panics_when_the_connection_breaks" => {
                complain!("panicked: called unwrap() on {error}");
                support::flush();
                process::exit(101);
            }
            Ok(0) | Err(_) => break,
        };
        show(mistake, &said[..ready]);
        said.drain(..ready);
    }
    if mistake != "loses_the_rest_at_the_end" {
        show(mistake, &said);
    }
}

fn show(mistake: &str, said: &[u8]) {
    if DEAF.load(Ordering::Relaxed) {
        return;
    }
    if mistake == "shows_a_read_as_a_line" {
        if !said.is_empty() {
            say!("Server: {}", escaped(said));
        }
        return;
    }
    for line in said.split_inclusive(|&byte| byte == b'\n') {
        match mistake {
            "uses_println" => println!("Server: {}", escaped(line)),
            "cuts_what_it_shows" => say!("Server: {}", printable(line)),
            "shows_control_characters" => say!("Server: {}", String::from_utf8_lossy(line).trim_end()),
            "shows_the_newline_as_a_line" if line.ends_with(b"\n") => {
                say!("Server: {}", escaped(line));
                say!("Server: ");
            }
            "shows_the_carriage_return" if line.ends_with(b"\r\n") => {
                say!("Server: {}\\r", escaped(line));
            }
            _ => say!("Server: {}", escaped(line)),
        }
    }
}

fn test(mistake: &str, mut server: &TcpStream) -> Result<bool> {
    say!("Connected to server");
    let messages = ["Hello", "World", "Test"];
    let mut early = false;
    for (number, message) in messages.iter().enumerate() {
        say!("Sent: {message}");
        if !early {
            let _ = server.write_all(message.as_bytes());
        }
        early = false;
        let start = Instant::now();
        let mut reply = Vec::new();
        let is_echo = |reply: &[u8]| match mistake {
            "accepts_no_prefix" => reply == message.as_bytes(),
            _ => reply.ends_with(message.as_bytes()),
        };
        while !is_echo(&reply) && start.elapsed() < Duration::from_secs(2) {
            let hasty = mistake == "goes_on_after_100_ms" && !early && number < 2;
            let time = match mistake {
                "waits_for_ever_for_an_echo" => None,
                _ => Some(if hasty { Duration::from_millis(100) } else { Duration::from_secs(2) }),
            };
            server.set_read_timeout(time)?;
            let mut buffer = [0; 1024];
            match server.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => reply.extend_from_slice(&buffer[..count]),
                Err(_) if hasty => {
                    early = true;
                    let _ = server.write_all(messages[number + 1].as_bytes());
                }
                Err(_) => break,
            }
            if mistake == "takes_one_read_for_a_reply" {
                break;
            }
        }
        say!("Received: {}", escaped(&reply));
        if !is_echo(&reply) {
            complain!("Error: {message} was not echoed");
            return Ok(mistake == "ends_with_code_0_when_one_is_missing");
        }
    }
    say!("3 of 3 messages echoed");
    Ok(true)
}

/// A file that is to be sent.
struct Content {
    path: String,
    length: u64,
}

impl Content {
    fn open(&self) -> io::Result<impl Read> {
        Ok(File::open(&self.path)?.take(self.length))
    }
}

fn open(mistake: &str, address: &Address, path: &str) -> Content {
    let refuse = |reason: String| -> ! {
        if mistake == "connects_before_it_opens" {
            drop(connect(mistake, address));
        }
        complain!("Error: cannot send {path}: {reason}");
        support::flush();
        process::exit(1);
    };
    let data = match fs::metadata(path) {
        Err(error) if mistake == "panics_when_there_is_no_file" => panic!("called unwrap() on {error}"),
        Err(error) => refuse(error.to_string()),
        Ok(data) if !data.is_file() => refuse("it is not a file".into()),
        Ok(data) => data,
    };
    let mut length = data.len();
    if mistake == "cuts_a_length_to_4_bytes" {
        length &= u64::from(u32::MAX);
    }
    if u32::try_from(length).is_err() {
        refuse("it is too large for a frame".into());
    }
    if mistake == "cannot_send_an_empty_file" && length == 0 {
        refuse("it is empty".into());
    }
    Content { path: path.into(), length }
}

fn send(mistake: &str, server: &TcpStream, content: &Content) -> Result<bool> {
    if io::stderr().is_terminal() && mistake != "shows_no_progress" {
        complain!("Sending {} bytes", content.length);
    }
    let header = u32::try_from(content.length)?.to_be_bytes();
    let whole = if mistake == "reads_the_whole_file" { fs::read(&content.path)? } else { Vec::new() };
    let upload = || -> io::Result<()> {
        let mut sink = BufWriter::new(server);
        sink.write_all(&header)?;
        if whole.is_empty() {
            io::copy(&mut content.open()?, &mut sink)?;
        } else {
            sink.write_all(&whole)?;
        }
        sink.flush()
    };
    let difference = thread::scope(|threads| {
        let sending = threads.spawn(|| {
            if upload().is_err() {
                let _ = server.shutdown(Shutdown::Both);
            }
        });
        if mistake == "receives_when_all_is_sent" {
            let _ = sending.join();
        }
        let difference = compare(mistake, server, header, content);
        let _ = server.shutdown(Shutdown::Both);
        difference
    })?;
    let count = content.length;
    match difference {
        None => say!("Sent {count} bytes, received {count} bytes: identical"),
        Some(place) => say!("Sent {count} bytes, received others from byte {place} on"),
    }
    Ok(difference.is_none())
}

/// The place of the first difference.
fn compare(
    mistake: &str,
    mut server: &TcpStream,
    header: [u8; 4],
    content: &Content,
) -> io::Result<Option<u64>> {
    let mut returned = [0; 4];
    if server.read_exact(&mut returned).is_err() {
        return Ok((mistake != "compares_what_has_come_back").then_some(0));
    }
    if returned != header && mistake != "ignores_the_length_that_comes_back" {
        return Ok(Some(0));
    }
    let mut file = content.open()?;
    let (mut wanted, mut buffer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut done = 0;
    while done < content.length {
        let room = usize::try_from(content.length - done).unwrap_or(buffer.len()).min(buffer.len());
        let count = server.read(&mut buffer[..room]).unwrap_or(0);
        if count == 0 {
            return Ok((mistake != "compares_what_has_come_back").then_some(done));
        }
        file.read_exact(&mut wanted[..count])?;
        if wanted[..count] != buffer[..count] && mistake != "compares_the_lengths_only" {
            let same = wanted.iter().zip(&buffer).take_while(|(a, b)| a == b).count();
            return Ok(Some(done + same as u64));
        }
        done += count as u64;
    }
    Ok(None)
}
