//! Mistakes of step 03: messages, commands, log, idle timeout, shutdown, shortage, and some that belong to the earlier
//! steps as well.

mod clients;
mod log;
mod message;
mod server;
mod session;

use std::ffi::OsString;
use std::time::Duration;

use support::Args;

use super::tests::*;
use super::{Mistake, command_line, it, mistake};

mistakes! {
    names_localhost_for_127_0_0_1: "the first line says localhost where 127.0.0.1 was asked for" => [TWO_ARGUMENTS];
    ignores_blanks: "spaces without anything else are dropped instead of echoed" => [NO_NEWLINE];
    holds_back_a_carriage_return: "a lone \\r is echoed only when the next byte has come" => [NO_TEXT];
    awaits_the_rest_of_a_line: "a piece of a line waits for its rest, and is lost if the client half-closes then" =>
        [HALF_CLOSE];
    serves_30_000_lines_at_most: "a client is disconnected after its first 30,000 lines" => [SLOW_READER];
    keeps_the_whole_line: "a line is collected until it ends, however long it gets, to see whether it is a command" =>
        [LINE_WITHOUT_END];
    answers_the_first_line_of_a_read_only: "of several lines in one read only the first is answered" =>
        [LONG_CONVERSATION, MEBIBYTE, SLOW_READER, HALF_CLOSE, NO_TEXT, PIPELINED, ALL_AT_ONCE, NO_PREFIX, PREFIX];
    panics_when_nobody_reads_the_log: "eprintln! panics when standard error is closed" => [UNHEARD];

    takes_quite_for_quit: "QUIT is recognized by its first letters, so QUITE ends the connection" => [ONLY_HOLDS];
    knows_quit_in_capitals_only: "QUIT is recognized in capital letters only" => [QUIT];
    does_not_trim: "whitespace around a command keeps it from being recognized" => [QUIT, STATS];
    does_not_know_exit: "EXIT is echoed like any message" => [QUIT];
    says_goodbye_without_a_newline: "Goodbye! is sent without a newline" => EVERY_GOODBYE;
    does_not_close_after_goodbye: "QUIT is answered with Goodbye!, and the connection stays open" => EVERY_GOODBYE;
    ends_on_quit: "QUIT ends the whole server" => [QUIT, AFTER_QUIT, VISIT];
    answers_what_follows_quit: "what follows QUIT in the same read is still answered" => [AFTER_QUIT];
    needs_commands_alone_in_a_segment: "a command is recognized only if nothing else came in the same read" =>
        [PIPELINED, AFTER_QUIT, NO_PREFIX];
    replies_after_all_echoes: "replies to commands are sent after the echoes of the whole read, out of order" =>
        [PIPELINED];
    does_not_know_typed_commands: "a command that comes key by key isn't recognized" => [TYPED];
    never_forgets_what_was_typed:
        "the pieces of a line are kept when it ends, so only the first typed command is recognized" => [TYPED];
    counts_for_each_client: "STATS reports the messages of the client that asks instead of those of all" =>
        [PIPELINED, ALL_AT_ONCE, STATS, DELIVERED];
    forgets_the_messages_of_the_past: "STATS forgets the messages of clients that have left" => [STATS];
    counts_commands: "commands are counted as messages" =>
        [TYPED, PIPELINED, ALL_AT_ONCE, STATS, AFTER_QUIT, NO_PREFIX, CTRL_C, SIGTERM, DELIVERED];
    loses_counts_in_a_race:
        "the counter is loaded and stored in two steps, so counts are lost when several clients talk" =>
        [ALL_AT_ONCE];
    tells_the_time_in_utc: "TIME reports the time in UTC instead of local time" => [TIME];
    tells_fractions_of_a_second: "TIME reports fractions of a second" => [TIME];
    prefixes_replies: "the prefix stands before replies to commands, too" => [NO_PREFIX];
    prefixes_once_a_read: "the prefix stands before the first message of a read only" => [PREFIX];

    logs_on_standard_output: "the log is written to standard output" =>
        [TAKES_NOTHING, IDLE, CRASHES, LOG_FORGED, VISIT, LEVEL, START, SHORTAGE, DELIVERED];
    logs_the_time_in_another_format: "the timestamp of the log isn't in the task's format" => [CRASHES, VISIT, START];
    logs_control_characters: "the log shows control characters as they came, so clients can forge lines" =>
        [LOG_FORGED];
    logs_all_of_a_long_message: "long messages aren't cut in the log" => [LOG_FORGED];
    logs_connections_at_any_level:
        "RUST_LOG=warn silences the lines about messages only: connections are still logged" => [LEVEL];
    logs_no_sizes: "RUST_LOG=debug adds nothing" => [LEVEL];
    does_not_log_its_start: "the start of the server isn't logged" => [START];
    does_not_log_new_clients: "new clients aren't logged" => [VISIT];
    does_not_log_the_end_of_a_lost_connection: "the end of a connection isn't logged when the client has crashed" =>
        [CRASHES];

    ignores_the_idle_timeout: "the idle timeout has no effect" => [TAKES_NOTHING, IDLE, HALF_A_MINUTE];
    never_times_out_writing: "writing has no timeout, so a client that takes nothing stays forever" =>
        [TAKES_NOTHING];
    counts_idle_time_from_the_start: "the idle time counts from the start, so busy clients are disconnected" =>
        [ANY_BYTE];
    times_out_too_early: "the idle timeout comes after 60% of its time" => [IDLE];
    takes_whole_seconds_only: "the idle timeout takes no decimals" => [TAKES_NOTHING, HALF_A_MINUTE];
    accepts_an_idle_timeout_of_zero: "an idle timeout of 0 is accepted" => [WRONG_TIMEOUT];
    has_another_default_timeout: "the idle timeout is 60 seconds by default instead of 30" => [HALF_A_MINUTE];
    does_not_log_idle_clients: "the log doesn't report that a client was disconnected for being idle" => [IDLE];

    dies_at_once_on_ctrl_c: "Ctrl+C ends the process immediately, with exit code 130 and no last line" => EVERY_END;
    does_not_handle_sigterm: "only Ctrl+C is handled: SIGTERM kills the process" => [SIGTERM];
    does_not_wake_its_listener:
        "nothing wakes accept() on Ctrl+C, so the server ends only when the next client comes" => EVERY_END;
    waits_for_clients_to_leave: "shutdown waits for clients to leave instead of closing their connections" =>
        [STUBBORN, CTRL_C, SIGTERM, PORT_FREE, DELIVERED];
    closes_only_the_first_client: "shutdown closes only the first client's connection" =>
        [STUBBORN, CTRL_C, SIGTERM, DELIVERED];
    locks_a_socket_while_it_writes:
        "a socket's lock is held while writing, so shutdown waits for a thread stuck in write()" => [STUBBORN];
    resets_connections_at_the_end: "shutdown resets connections instead of closing them cleanly" =>
        [CTRL_C, SIGTERM, DELIVERED];
    resets_busy_connections_at_the_end: "shutdown resets connections that have carried more than 10,000 bytes" =>
        [DELIVERED];
    does_not_reuse_the_address: "without SO_REUSEADDR the port stays taken for a minute after the end" => [PORT_FREE];
    counts_the_waking_connection: "the connection that wakes accept() at the end is counted" => EVERY_LAST_LINE;
    divides_by_no_connections: "it computes an average at the end: a division by zero if no client ever connected" =>
        [NO_CLIENTS];
    says_more_after_the_last_line: "another line follows the last one on standard output" => EVERY_LAST_LINE;
    ends_with_exit_code_130: "it shuts down cleanly, with exit code 130 instead of 0" => EVERY_END;

    ends_when_short: "an error of accept(), such as no more file descriptors, ends the server" => [SHORTAGE];
    takes_no_more_clients_after_a_shortage: "after an error of accept() no more clients are accepted" => [SHORTAGE];
    spins_when_short: "it calls accept() again without a pause while no descriptor is free" => [SHORTAGE];
    does_not_log_a_shortage: "the log doesn't report that file descriptors have run out" => [SHORTAGE];
}

tests! {
    QUIT = "commands::quit_and_exit_end_the_connection"
    STATS = "commands::stats_tells_the_echoed_messages_of_all_clients"
    ALL_AT_ONCE = "commands::stats_counts_right_when_all_talk_at_once"
    TIME = "commands::time_is_local_in_rfc_3339"
    ONLY_HOLDS = "commands::a_message_that_only_holds_a_command_is_echoed"
    PIPELINED = "commands::commands_may_be_pipelined"
    AFTER_QUIT = "commands::what_follows_quit_is_not_read"
    TYPED = "commands::a_command_typed_key_by_key_is_recognized"

    PREFIX = "messages::the_prefix_stands_before_every_message"
    NO_PREFIX = "messages::replies_have_no_prefix"

    START = "log::the_start_is_logged"
    VISIT = "log::a_visit_is_logged_in_order"
    CRASHES = "log::a_client_that_leaves_or_crashes_is_logged"
    LOG_FORGED = "log::a_line_of_the_log_can_be_neither_forged_nor_flooded"
    LEVEL = "log::rust_log_sets_the_level"

    IDLE = "idle::a_silent_client_is_disconnected_and_the_log_says_so"
    ANY_BYTE = "idle::any_byte_starts_the_idle_time_anew"
    TAKES_NOTHING = "idle::a_client_that_takes_nothing_is_disconnected"
    WRONG_TIMEOUT = "idle::a_wrong_idle_timeout_is_refused"
    HALF_A_MINUTE = "idle::the_idle_timeout_is_half_a_minute_unless_told"

    CTRL_C = "shutdown::ctrl_c_ends_in_order"
    SIGTERM = "shutdown::sigterm_ends_in_order_too"
    NO_CLIENTS = "shutdown::without_clients_it_ends_as_well"
    STUBBORN = "shutdown::clients_that_do_not_leave_do_not_hold_up_the_end"
    DELIVERED = "shutdown::what_was_echoed_is_still_delivered"
    PORT_FREE = "shutdown::the_port_is_free_again"
}

groups! {
    // A client says QUIT, and the connection ends.
    EVERY_GOODBYE = [TYPED, PIPELINED, QUIT, AFTER_QUIT, VISIT, NO_PREFIX];

    // They interrupt the server and wait for its end.
    EVERY_END = [LEVEL, STUBBORN, CTRL_C, SIGTERM, PORT_FREE, DELIVERED, NO_CLIENTS];

    // They read the last line.
    EVERY_LAST_LINE = [STUBBORN, CTRL_C, SIGTERM, NO_CLIENTS];
}

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    let mut args = Args::from("Echoes messages, with one mistake.", words);
    let idle_timeout = idle_timeout(&mut args);
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    server::run(&command_line::address(args), &Settings { idle_timeout, prefix })
}

/// What the command line asks for.
struct Settings {
    idle_timeout: Duration,
    prefix: String,
}

/// For a timeout that is never to come.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

fn idle_timeout(args: &mut Args) -> Duration {
    let default = if it("has_another_default_timeout") { "60" } else { "30" };
    let is_right = |time: &Duration| {
        (!time.is_zero() || it("accepts_an_idle_timeout_of_zero"))
            && (time.subsec_nanos() == 0 || !it("takes_whole_seconds_only"))
    };
    let parse = |text: &str| {
        let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        time.filter(is_right).ok_or_else(|| "it must be a number of seconds above 0".to_owned())
    };
    let help = "disconnect a client after this long without a byte";
    let timeout = args.value("--idle-timeout", "SECONDS", default, help, parse);
    match mistake() {
        "ignores_the_idle_timeout" => FOREVER,
        "times_out_too_early" => timeout.mul_f64(0.6),
        _ if timeout.is_zero() => FOREVER,
        _ => timeout,
    }
}
