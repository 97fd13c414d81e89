//! Mistakes of step 01: one client at a time. Those about the command line are the same in every step.

use std::ffi::OsString;
use std::io;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use super::screen::Screen;
use super::tests::*;
use super::visit::{accept, visit};
use super::{Mistake, command_line, it, mistake};

mistakes! {
    needs_a_newline: "it echoes whole lines, and keeps what has no newline yet" =>
        [NO_NEWLINE, NO_TEXT, LONG_CONVERSATION, MEBIBYTE, SLOW_READER, FORGED, CUT, LINE_WITHOUT_END, NEVER_READS];
    strips_the_newline: "it trims what it echoes" => EVERY_LINE;
    skips_blanks: "it doesn't echo what is only spaces" => [NO_NEWLINE];
    turns_crlf_into_lf: "a line that ends in \\r\\n comes back with \\n" => [A_LINE, EACH_EVENT];
    panics_at_bytes_that_are_no_text: "from_utf8(...).unwrap() panics when bytes aren't UTF-8" => NOISE;
    makes_text_of_all_bytes: "String::from_utf8_lossy() replaces what isn't UTF-8" => NOISE;
    skips_empty_lines: "it doesn't echo a line with nothing on it" => [NO_TEXT];
    echoes_1024_bytes_of_each_read: "it echoes at most 1024 bytes of what it has read" =>
        [LONG_CONVERSATION, MEBIBYTE, SLOW_READER, HALF_CLOSE, LINE_WITHOUT_END, CUT];
    calls_write_once: "what write() doesn't take immediately is lost: it is write_all() that goes on" =>
        [MEBIBYTE, SLOW_READER, HALF_CLOSE, LINE_WITHOUT_END];
    is_right_up_to_64_kib: "it closes the connection after 64 KiB" =>
        [LONG_CONVERSATION, MEBIBYTE, SLOW_READER, HALF_CLOSE, LINE_WITHOUT_END];
    forgets_the_last_words: "when the client has sent its last byte, what wasn't echoed yet is lost" => [HALF_CLOSE];
    leaves_the_connection_open: "it keeps the sockets of clients that have sent their last byte" =>
        [HALF_CLOSE, ONE_AFTER_ANOTHER];
    ends_after_the_first_client: "it accepts one client and ends with it" =>
        [HALF_CLOSE, ONE_AFTER_ANOTHER, LEAVES_AT_ONCE, RESET, LINE_WITHOUT_END, NEVER_READS, UNHEARD, ONE_AT_A_TIME];
    ends_after_25_clients: "it ends after 25 clients" => [ONE_AFTER_ANOTHER];
    panics_when_a_client_says_nothing: "it panics when a client leaves without a word" => [LEAVES_AT_ONCE];
    panics_at_a_clients_error: "read() and write() are followed by unwrap()" =>
        [LEAVES_AT_ONCE, RESET, NEVER_READS, UNHEARD, LOST];
    keeps_the_whole_line: "it collects the line that it echoes, however long" => [LINE_WITHOUT_END];
    queues_without_bound: "it goes on reading from a client that doesn't take its echo" => [NEVER_READS];
    serves_several_at_once: "it starts a thread for each client" => [ONE_AT_A_TIME];
    ignores_ctrl_c: "its handler of Ctrl+C does nothing" => [INTERRUPT];
    does_not_reuse_the_address: "without SO_REUSEADDR the port stays taken for a while after its end" => [INTERRUPT];
    uses_println: "println! panics when standard output is a broken pipe" => [UNHEARD];
    ignores_quiet: "it prints the same with --quiet and without" => [QUIET];
    says_nothing_at_all_when_quiet: "with --quiet it leaves out all lines but the first" => [QUIET];
    prints_what_a_client_sends_raw: "the screen shows what a client sends as it is" => [FORGED];
    does_not_cut_what_it_prints: "the screen shows a message at full length" => [CUT];
    prints_the_line_ending: "the screen shows a message with its \\r\\n" => [EACH_EVENT];
    says_echoed_before_received: "it prints what it has echoed before what it has received" => [EACH_EVENT];
    never_says_that_a_connection_is_closed: "no line reports that a client has left" =>
        [EACH_EVENT, LOST, QUIET, ONE_AT_A_TIME];
    never_says_that_a_lost_client_has_gone:
        "it prints \"Connection closed\" after an end of file, and not after an error" => [LOST];
    names_the_port_that_was_asked_for: "its first line names port 0, not the one that it got" => ALL_ON_PORT_0;
    does_not_flush_the_first_line: "its first line stays in a buffer of its own" => ALL_THAT_LISTEN;
    says_that_it_listens_too_early: "it prints its first line before it listens" => ALL_THAT_LISTEN;

    ignores_the_port: "it listens on a port that the kernel chooses, whichever was asked for" =>
        [IN_USE, ONE_ARGUMENT, NO_ARGUMENT];
    ignores_the_host: "it listens on localhost, whichever host was asked for" =>
        [IN_USE, UNKNOWN_HOST, IPV6, TWO_ARGUMENTS];
    listens_on_all_addresses: "it listens on 0.0.0.0, whichever host was asked for" => [HOST_ALONE];
    names_another_host: "its first line says localhost, whichever host it listens on" => [IPV6, TWO_ARGUMENTS];
    has_another_default_port: "without arguments it listens on any port, not on 8080" => [NO_ARGUMENT];
    knows_only_ipv4: "it takes an IPv6 address for an error" => [IPV6];
    takes_an_unknown_host_for_localhost: "a host that can't be resolved is 127.0.0.1 to it" => [UNKNOWN_HOST];
    panics_when_the_port_is_taken: "bind(...).unwrap() panics when another program has the port" => [IN_USE];
    takes_another_port_when_one_is_taken: "when another program has the port it silently listens on another one" =>
        [IN_USE];
    says_an_error_in_several_lines: "anyhow's context() makes \"Caused by\" of the reason, lines below" =>
        [IN_USE, UNKNOWN_HOST];
    has_no_help: "--help is an unknown option to it" => [HELP];
    takes_any_word_for_a_port: "parse().unwrap_or(0) makes a port of any word" => [WRONG_PORT];
    panics_at_a_wrong_port: "parse().unwrap() panics when the port isn't a number: exit code 101" => [WRONG_PORT];
    ignores_further_arguments: "it accepts more than a host and a port" => [TOO_MANY];
    ignores_unknown_options: "it accepts an option that it doesn't know" => [UNKNOWN_OPTION];
    prints_its_usage_on_standard_output: "it reports a wrong command line on standard output" =>
        [WRONG_PORT, TOO_MANY, UNKNOWN_OPTION];
    ends_with_code_0_on_a_wrong_command_line: "a wrong command line ends it with exit code 0, as if all were well" =>
        [WRONG_PORT, TOO_MANY, UNKNOWN_OPTION];
}

const ONE_AT_A_TIME: &str = "one_client_at_a_time_is_served_the_next_when_it_leaves";

groups! {
    // They send bytes of any value.
    NOISE = [NO_TEXT, LONG_CONVERSATION, MEBIBYTE, SLOW_READER, HALF_CLOSE];

    // They have a line echoed.
    EVERY_LINE = [
        A_LINE, NO_NEWLINE, NO_TEXT, NO_ARGUMENT, ONE_ARGUMENT, HOST_ALONE, TWO_ARGUMENTS, IPV6, INTERRUPT,
        EACH_EVENT, LOST, QUIET, ONE_AFTER_ANOTHER, LEAVES_AT_ONCE, RESET, LINE_WITHOUT_END, NEVER_READS, UNHEARD,
        ONE_AT_A_TIME
    ];

    // They connect to the port that the first line names.
    ALL_ON_PORT_0 = [
        A_LINE, NO_NEWLINE, NO_TEXT, LONG_CONVERSATION, MEBIBYTE, SLOW_READER, HALF_CLOSE, HOST_ALONE, TWO_ARGUMENTS,
        IPV6, EACH_EVENT, LOST, QUIET, FORGED, CUT, ONE_AFTER_ANOTHER, LEAVES_AT_ONCE, RESET, LINE_WITHOUT_END,
        NEVER_READS, UNHEARD, ONE_AT_A_TIME
    ];

    // They connect.
    ALL_THAT_LISTEN = [
        A_LINE, NO_NEWLINE, NO_TEXT, LONG_CONVERSATION, MEBIBYTE, SLOW_READER, HALF_CLOSE, NO_ARGUMENT, ONE_ARGUMENT,
        HOST_ALONE, TWO_ARGUMENTS, IPV6, INTERRUPT, EACH_EVENT, LOST, QUIET, FORGED, CUT, ONE_AFTER_ANOTHER,
        LEAVES_AT_ONCE, RESET, LINE_WITHOUT_END, NEVER_READS, UNHEARD, ONE_AT_A_TIME
    ];
}

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    let (address, quiet) = command_line::parse("Echoes every byte back, to one client at a time.", words);
    let mut listener = command_line::listen(&address)?;
    command_line::announce(&address, listener.local_addr()?);
    match mistake() {
        "says_that_it_listens_too_early" => listener = listen_later(listener)?,
        "ignores_ctrl_c" => ctrlc::set_handler(|| {})?,
        _ => {}
    }

    let last = match mistake() {
        "ends_after_the_first_client" => 1,
        "ends_after_25_clients" => 25,
        _ => usize::MAX,
    };
    for _ in 0..last {
        let (client, peer) = accept(&listener);
        let screen = Screen { quiet, peer, named: false };
        if it("serves_several_at_once") {
            thread::spawn(move || visit(client, &screen));
        } else {
            visit(client, &screen);
        }
    }
    Ok(())
}

/// For a while no program listens.
fn listen_later(listener: TcpListener) -> io::Result<TcpListener> {
    let address = listener.local_addr()?;
    drop(listener);
    thread::sleep(Duration::from_secs(2));
    TcpListener::bind(address)
}
