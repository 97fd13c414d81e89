//! Mistakes of step 09: the client.

mod interactive;
mod self_test;
mod send;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use support::{Address, complain, say};

use super::{Mistake, exit, it, mistake};

mistakes! {
    has_no_help: "--help is an unknown option to it" => [HELP];
    takes_any_mode: "a mode that it doesn't know is interactive to it" => [WRONG];
    ignores_further_arguments: "words after the mode are accepted" => [WRONG];
    has_another_default_port: "without arguments it talks to port 8081" => [NO_ARGUMENT];
    takes_one_word_for_the_port: "as servers do, it takes a single word for the port" => [ONE_ARGUMENT];
    writes_ipv6_without_brackets: "it puts host, colon and port together" => [IPV6];
    panics_when_refused: "connect(...).unwrap() panics when no program listens" => [NOBODY];
    does_not_ask_whether_it_runs: "the second line of the error is missing" => CANNOT_CONNECT;
    tries_for_ever: "connect() without a timeout takes minutes when no server answers" => [GIVES_UP];
    gives_up_after_a_second: "it waits a second for the connection, not five" => [GIVES_UP];
    sends_empty_lines: "an empty line is sent as one" => [A_LINE];
    drops_the_last_line: "a last line without a newline isn't sent" => [A_LINE];
    ends_with_code_1_after_a_pipe: "the end of the pipe is a failure to it" => [END_OF_PIPE];
    closes_at_the_end_of_the_pipe: "it ends when all is sent, before all replies have come" => [END_OF_PIPE, FLOOD];
    shows_the_newline_as_a_line: "what split('\\n') finds after it counts as a line" => [END_OF_PIPE];
    knows_exit_but_not_quit: "quit is a message to it" => [EXIT];
    sends_quit_as_it_was_typed: "it sends what was typed, not exit" => [EXIT];
    does_not_wait_for_goodbye: "it ends immediately when exit is sent" => [EXIT, EACH_LINE, T_TYPED];
    takes_any_line_with_exit_for_exit: "starts_with(\"exit\") is too much" => [NO_EXIT];
    waits_for_ever_after_exit: "after exit it waits until the server closes" => [AFTER_EXIT];
    shows_the_carriage_return: "it takes off the \\n of a line only" => [SPEAKS_FIRST];
    waits_for_a_newline: "read_until() waits for a newline that doesn't come" => [NO_NEWLINE];
    loses_the_rest_at_the_end: "what has no newline at the end isn't shown" => [CLOSES];
    notices_the_end_at_the_next_line: "that the server has closed shows only when the next line is typed" =>
        [END_OF_PIPE, CLOSES, CRASHES, FLOOD, T_CLOSES];
    panics_when_the_connection_breaks: "read(...).unwrap() panics at a reset" => [CRASHES];
    shows_control_characters: "what the server sends reaches the terminal as it is" => [FORGE];
    cuts_what_it_shows: "printable() cuts at 80 characters" => [FORGE];
    shows_a_read_as_a_line: "it prints \"Server: \" once for all lines of a read" => [FORGE];
    listens_in_pauses_only: "while it sends it doesn't listen" => [FLOOD];
    uses_println: "println! panics when standard output is a broken pipe" => [UNHEARD];
    handles_ctrl_c_on_a_terminal_only: "with a pipe Ctrl+C kills it" => [CTRL_C];
    sends_exit_on_ctrl_c: "Ctrl+C sends what exit sends" => [CTRL_C, T_CTRL_C, T_HALF_A_LINE];
    accepts_no_prefix: "only the message itself is its echo" => [HELLO, PIECES];
    goes_on_after_100_ms: "it sends the next message before the echo has come" => [AWAITS];
    takes_one_read_for_a_reply: "a reply that comes in pieces is wrong to it" => [PIECES];
    waits_for_ever_for_an_echo: "without a timeout it waits until the server closes" => [MISSING];
    ends_with_code_0_when_one_is_missing: "a missing echo is reported, and isn't a failure" => [MISSING];
    cannot_send_an_empty_file: "it takes 0 bytes for an error" => [FILE];
    receives_when_all_is_sent: "it doesn't read while it sends" => [LARGE];
    compares_the_lengths_only: "a byte that has changed isn't noticed" => [CHANGED];
    ignores_the_length_that_comes_back: "the first 4 bytes are skipped" => [SHORT];
    compares_what_has_come_back: "zip() ends with the shorter of the two" => [SHORT, MIDWAY];
    panics_when_there_is_no_file: "open(...).unwrap() panics" => [NOT_THERE, MODE];
    connects_before_it_opens: "without a server it doesn't report that there is no file" =>
        [NOT_THERE, TOO_LARGE, MODE];
    cuts_a_length_to_4_bytes: "length as u32 is 0 for 4 GiB" => [TOO_LARGE];
    reads_the_whole_file: "fs::read() has all of it in memory" => [MEMORY];
    leaves_the_terminal_raw: "when the server closes it doesn't put the terminal back" => [T_CLOSES];
    shows_no_progress: "it is silent while it sends" => [PROGRESS];
}

tests! {
    HELP = "arguments::help_explains_the_command_line_with_an_example"
    WRONG = "arguments::a_wrong_command_line_is_refused_with_the_reason"
    NO_ARGUMENT = "arguments::without_arguments_it_talks_to_localhost_8080"
    ONE_ARGUMENT = "arguments::one_argument_is_the_host"
    IPV6 = "arguments::ipv6_works"
    NOBODY = "connecting::nobody_listening_is_said"
    UNKNOWN = "connecting::an_unknown_host_is_said"
    GIVES_UP = "connecting::it_gives_up_after_five_seconds"
    EACH_LINE = "conversation::each_line_gets_its_reply_from_the_server_of_step_03"
    A_LINE = "conversation::a_line_is_sent_with_its_newline_and_an_empty_one_is_not"
    END_OF_PIPE = "conversation::at_the_end_of_the_pipe_all_replies_are_still_shown"
    EXIT = "conversation::exit_or_quit_in_any_case_sends_exit"
    NO_EXIT = "conversation::words_that_only_begin_like_exit_are_messages"
    AFTER_EXIT = "conversation::after_exit_a_server_that_stays_is_not_waited_for_without_end"
    SPEAKS_FIRST = "conversation::a_server_that_speaks_first_is_heard_at_once"
    NO_NEWLINE = "conversation::a_reply_without_a_newline_is_shown_at_once"
    CLOSES = "conversation::a_server_that_closes_is_noticed_at_once"
    CRASHES = "conversation::a_server_that_crashes_has_closed_too"
    FORGE = "conversation::what_the_server_says_can_neither_forge_a_line_nor_move_the_cursor"
    FLOOD = "conversation::a_flood_through_the_pipe_is_no_deadlock"
    UNHEARD = "conversation::output_that_nobody_hears_is_no_reason_to_panic"
    CTRL_C = "conversation::ctrl_c_ends_the_session_without_sending"
    HELLO = "three_messages::hello_world_and_test_come_back_from_the_server_of_step_03"
    AWAITS = "three_messages::each_message_awaits_the_echo_of_the_one_before"
    PIECES = "three_messages::an_echo_may_come_in_pieces"
    MISSING = "three_messages::a_missing_or_different_echo_is_told"
    FILE = "frame::a_file_is_one_frame_and_comes_back"
    LARGE = "frame::a_large_file_is_received_while_it_is_sent"
    CHANGED = "frame::a_byte_that_has_changed_is_told_with_its_place"
    SHORT = "frame::a_file_that_comes_back_short_or_longer_is_told"
    MIDWAY = "frame::a_server_that_closes_midway_is_told"
    MODE = "arguments::a_mode_may_follow_the_host"
    NOT_THERE = "frame::a_file_that_is_not_there_is_told"
    TOO_LARGE = "frame::a_file_that_no_frame_can_hold_is_refused"
    MEMORY = "frame::a_file_needs_no_memory"
    T_TYPED = "terminal::a_line_typed_at_the_prompt_is_sent_and_answered"
    T_CTRL_C = "terminal::ctrl_c_at_the_prompt_ends_the_session_without_sending"
    T_HALF_A_LINE = "terminal::ctrl_c_in_the_middle_of_a_line_ends_the_session_too"
    T_CLOSES = "terminal::a_server_that_closes_is_noticed_at_the_prompt"
    PROGRESS = "terminal::sending_a_file_shows_its_progress"
}

groups! {
    CANNOT_CONNECT = [NOBODY, UNKNOWN, GIVES_UP];
}

const USAGE: &str = "Usage: 09_client [HOST [PORT]] [interactive | test | send FILE]";

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    let words = words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (address, mode, file) = parse(words).unwrap_or_else(|reason| {
        complain!("Error: {reason}\n{USAGE}");
        exit(2);
    });
    let well = match mode.as_str() {
        "send" => {
            let content = send::open(&address, &file);
            send::send(&connect(&address), &content)?
        }
        "test" => self_test::test(&connect(&address))?,
        _ => interactive::converse(connect(&address), &address)?,
    };
    exit(i32::from(!well));
}

type CommandLine = (Address, String, String);

fn parse(mut words: Vec<String>) -> Result<CommandLine, String> {
    if words.iter().any(|word| word == "--help") && !it("has_no_help") {
        say!("{USAGE}\nHOST, PORT: the server\nExample: 09_client 127.0.0.1 4444 test");
        exit(0);
    }
    if let Some(option) = words.iter().find(|word| word.starts_with('-')) {
        return Err(format!("there is no option {option:?}"));
    }
    let mut default = "8080";
    match (mistake(), words.len()) {
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
    if is_address(&mode) && !it("takes_any_mode") {
        return Err(format!("there is no mode {mode:?}"));
    }
    let file = if mode == "send" { words.next().ok_or("send needs a file")? } else { String::new() };
    match words.next() {
        Some(extra) => Err(format!("there is nothing to do with {extra:?}")),
        None => Ok((Address { host, port }, mode, file)),
    }
}

fn connect(address: &Address) -> TcpStream {
    let time = Duration::from_secs(if it("gives_up_after_a_second") { 1 } else { 5 });
    let attempt = |found: SocketAddr| match mistake() {
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
        Err(error) if it("panics_when_refused") && error.kind() == ErrorKind::ConnectionRefused => {
            panic!("called unwrap() on {error}")
        }
        Err(error) => {
            complain!("Error: cannot connect to {address}: {error}");
            if !it("does_not_ask_whether_it_runs") {
                complain!("Is the server running?");
            }
            exit(1);
        }
    }
}
