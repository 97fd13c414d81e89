//! Mistakes of step 03: messages, commands, log, idle timeout, shutdown, shortage, and some that belong to the earlier
//! steps as well.

mod command_line;
mod input;
mod log;
mod messages;
mod server;
mod session;
mod shutdown;

use std::ffi::OsString;

use super::Mistake;

/// Runs the server that is right but for `mistake`.
///
/// # Errors
/// The address can't be resolved or bound.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> anyhow::Result<()> {
    let fault = Fault(mistake);
    server::run(fault, command_line::parse(fault, words))
}

/// The one mistake that this server makes.
#[derive(Clone, Copy)]
struct Fault(&'static str);

impl Fault {
    fn is(self, mistake: &str) -> bool {
        self.0 == mistake
    }
}

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    // The command line.
    Mistake {
        name: "names_localhost_for_127_0_0_1",
        what: "The first line says localhost where 127.0.0.1 was asked for.",
        fails: &["command_line::two_arguments_are_host_and_port"],
    },
    // Bytes.
    Mistake {
        name: "ignores_blanks",
        what: "Spaces without anything else are dropped instead of echoed.",
        fails: &["bytes::bytes_come_back_without_waiting_for_a_newline"],
    },
    Mistake {
        name: "holds_back_a_carriage_return",
        what: "A lone \\r is echoed only when the next byte has come.",
        fails: &["bytes::bytes_that_are_no_text_come_back"],
    },
    Mistake {
        name: "awaits_the_rest_of_a_line",
        what: "A piece of a line waits for its rest, and is lost when the client half-closes meanwhile.",
        fails: &["bytes::after_a_half_close_the_client_gets_all_it_is_owed"],
    },
    Mistake {
        name: "serves_30_000_lines_at_most",
        what: "A client is disconnected after its first 30,000 lines.",
        fails: &["bytes::a_slow_reader_gets_every_byte"],
    },
    Mistake {
        name: "keeps_the_whole_line",
        what: "A line is collected until it ends, however long it gets, to see whether it is a command.",
        fails: &["survival::a_line_without_an_end_needs_no_memory"],
    },
    Mistake {
        name: "answers_the_first_line_of_a_read_only",
        what: "Of several lines in one read only the first is answered.",
        fails: &[
            "bytes::a_conversation_may_be_long_and_its_messages_of_any_size",
            "bytes::a_mebibyte_sent_at_once_comes_back",
            "bytes::a_slow_reader_gets_every_byte",
            "bytes::after_a_half_close_the_client_gets_all_it_is_owed",
            "bytes::bytes_that_are_no_text_come_back",
            "commands::commands_may_be_pipelined",
            "commands::stats_counts_right_when_all_talk_at_once",
            "messages::replies_have_no_prefix",
            "messages::the_prefix_stands_before_every_message",
        ],
    },
    // One client beside another.
    Mistake {
        name: "panics_when_nobody_reads_the_log",
        what: "eprintln! panics when standard error is closed.",
        fails: &["survival::output_that_nobody_hears_does_not_stop_the_server"],
    },
    // Messages and commands.
    Mistake {
        name: "takes_quite_for_quit",
        what: "QUIT is recognised by its first letters, so QUITE ends the connection.",
        fails: &["commands::a_message_that_only_holds_a_command_is_echoed"],
    },
    Mistake {
        name: "knows_quit_in_capitals_only",
        what: "QUIT is recognised in capital letters only.",
        fails: &["commands::quit_and_exit_end_the_connection"],
    },
    Mistake {
        name: "does_not_trim",
        what: "White space around a command keeps it from being recognised.",
        fails: &[
            "commands::quit_and_exit_end_the_connection",
            "commands::stats_tells_the_echoed_messages_of_all_clients",
        ],
    },
    Mistake {
        name: "does_not_know_exit",
        what: "EXIT is echoed like any message.",
        fails: &["commands::quit_and_exit_end_the_connection"],
    },
    Mistake {
        name: "says_goodbye_without_a_newline",
        what: "Goodbye! is sent without a newline.",
        fails: &[
            "commands::a_command_typed_key_by_key_is_recognised",
            "commands::commands_may_be_pipelined",
            "commands::quit_and_exit_end_the_connection",
            "commands::what_follows_quit_is_not_read",
            "log::a_visit_is_logged_in_order",
            "messages::replies_have_no_prefix",
        ],
    },
    Mistake {
        name: "does_not_close_after_goodbye",
        what: "QUIT is answered with Goodbye!, and the connection stays open.",
        fails: &[
            "commands::a_command_typed_key_by_key_is_recognised",
            "commands::commands_may_be_pipelined",
            "commands::quit_and_exit_end_the_connection",
            "commands::what_follows_quit_is_not_read",
            "log::a_visit_is_logged_in_order",
            "messages::replies_have_no_prefix",
        ],
    },
    Mistake {
        name: "ends_on_quit",
        what: "QUIT ends the whole server.",
        fails: &[
            "commands::quit_and_exit_end_the_connection",
            "commands::what_follows_quit_is_not_read",
            "log::a_visit_is_logged_in_order",
        ],
    },
    Mistake {
        name: "answers_what_follows_quit",
        what: "What follows QUIT in the same read is still answered.",
        fails: &["commands::what_follows_quit_is_not_read"],
    },
    Mistake {
        name: "needs_commands_alone_in_a_segment",
        what: "A command is recognised only if nothing else came in the same read.",
        fails: &[
            "commands::commands_may_be_pipelined",
            "commands::what_follows_quit_is_not_read",
            "messages::replies_have_no_prefix",
        ],
    },
    Mistake {
        name: "replies_after_all_echoes",
        what: "Replies to commands are sent after the echoes of the whole read, out of order.",
        fails: &["commands::commands_may_be_pipelined"],
    },
    Mistake {
        name: "does_not_know_typed_commands",
        what: "A command that comes key by key is not recognised.",
        fails: &["commands::a_command_typed_key_by_key_is_recognised"],
    },
    Mistake {
        name: "never_forgets_what_was_typed",
        what: "The pieces of a line are kept when it ends, so only the first command that is typed is recognised.",
        fails: &["commands::a_command_typed_key_by_key_is_recognised"],
    },
    Mistake {
        name: "counts_for_each_client",
        what: "STATS tells the messages of the client that asks instead of those of all.",
        fails: &[
            "commands::commands_may_be_pipelined",
            "commands::stats_counts_right_when_all_talk_at_once",
            "commands::stats_tells_the_echoed_messages_of_all_clients",
            "shutdown::what_was_echoed_is_still_delivered",
        ],
    },
    Mistake {
        name: "forgets_the_messages_of_the_past",
        what: "STATS forgets the messages of clients that have left.",
        fails: &["commands::stats_tells_the_echoed_messages_of_all_clients"],
    },
    Mistake {
        name: "counts_commands",
        what: "Commands are counted as messages.",
        fails: &[
            "commands::a_command_typed_key_by_key_is_recognised",
            "commands::commands_may_be_pipelined",
            "commands::stats_counts_right_when_all_talk_at_once",
            "commands::stats_tells_the_echoed_messages_of_all_clients",
            "commands::what_follows_quit_is_not_read",
            "messages::replies_have_no_prefix",
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::what_was_echoed_is_still_delivered",
        ],
    },
    Mistake {
        name: "loses_counts_in_a_race",
        what: "The counter is loaded and stored in two steps, so counts are lost when several clients talk at once.",
        fails: &["commands::stats_counts_right_when_all_talk_at_once"],
    },
    Mistake {
        name: "tells_the_time_in_utc",
        what: "TIME tells the time in UTC instead of local time.",
        fails: &["commands::time_is_local_in_rfc_3339"],
    },
    Mistake {
        name: "tells_fractions_of_a_second",
        what: "TIME tells fractions of a second.",
        fails: &["commands::time_is_local_in_rfc_3339"],
    },
    Mistake {
        name: "prefixes_replies",
        what: "The prefix stands before replies to commands, too.",
        fails: &["messages::replies_have_no_prefix"],
    },
    Mistake {
        name: "prefixes_once_a_read",
        what: "The prefix stands before the first message of a read only.",
        fails: &["messages::the_prefix_stands_before_every_message"],
    },
    // The log.
    Mistake {
        name: "logs_on_standard_output",
        what: "The log is written to standard output.",
        fails: &[
            "idle::a_client_that_takes_nothing_is_disconnected",
            "idle::a_silent_client_is_disconnected_and_the_log_says_so",
            "log::a_client_that_leaves_or_crashes_is_logged",
            "log::a_line_of_the_log_can_be_neither_forged_nor_flooded",
            "log::a_visit_is_logged_in_order",
            "log::rust_log_sets_the_level",
            "log::the_start_is_logged",
            "shortage::out_of_descriptors_it_logs_waits_and_serves_again",
            "shutdown::what_was_echoed_is_still_delivered",
        ],
    },
    Mistake {
        name: "logs_the_time_in_another_format",
        what: "The timestamp of the log is in another format than the task's.",
        fails: &[
            "log::a_client_that_leaves_or_crashes_is_logged",
            "log::a_visit_is_logged_in_order",
            "log::the_start_is_logged",
        ],
    },
    Mistake {
        name: "logs_control_characters",
        what: "The log shows what a client sent with its control characters, so lines can be forged.",
        fails: &["log::a_line_of_the_log_can_be_neither_forged_nor_flooded"],
    },
    Mistake {
        name: "logs_all_of_a_long_message",
        what: "Long messages are not cut in the log.",
        fails: &["log::a_line_of_the_log_can_be_neither_forged_nor_flooded"],
    },
    Mistake {
        name: "logs_connections_at_any_level",
        what: "RUST_LOG=warn silences the lines about messages only: connections are still logged.",
        fails: &["log::rust_log_sets_the_level"],
    },
    Mistake {
        name: "logs_no_sizes",
        what: "RUST_LOG=debug adds nothing.",
        fails: &["log::rust_log_sets_the_level"],
    },
    Mistake {
        name: "does_not_log_its_start",
        what: "The start of the server is not logged.",
        fails: &["log::the_start_is_logged"],
    },
    Mistake {
        name: "does_not_log_new_clients",
        what: "New clients are not logged.",
        fails: &["log::a_visit_is_logged_in_order"],
    },
    Mistake {
        name: "does_not_log_the_end_of_a_lost_connection",
        what: "The end of a connection is not logged when the client has crashed.",
        fails: &["log::a_client_that_leaves_or_crashes_is_logged"],
    },
    // The idle timeout.
    Mistake {
        name: "ignores_the_idle_timeout",
        what: "The idle timeout has no effect.",
        fails: &[
            "idle::a_client_that_takes_nothing_is_disconnected",
            "idle::a_silent_client_is_disconnected_and_the_log_says_so",
            "idle::the_idle_timeout_is_half_a_minute_unless_told",
        ],
    },
    Mistake {
        name: "never_times_out_writing",
        what: "Writing has no timeout, so a client that takes nothing stays for ever.",
        fails: &["idle::a_client_that_takes_nothing_is_disconnected"],
    },
    Mistake {
        name: "counts_idle_time_from_the_start",
        what: "The idle time counts from the start of the connection, so busy clients are disconnected.",
        fails: &["idle::any_byte_starts_the_idle_time_anew"],
    },
    Mistake {
        name: "times_out_too_early",
        what: "The idle timeout comes after 60% of its time.",
        fails: &["idle::a_silent_client_is_disconnected_and_the_log_says_so"],
    },
    Mistake {
        name: "takes_whole_seconds_only",
        what: "The idle timeout takes no decimals.",
        fails: &[
            "idle::a_client_that_takes_nothing_is_disconnected",
            "idle::the_idle_timeout_is_half_a_minute_unless_told",
        ],
    },
    Mistake {
        name: "accepts_an_idle_timeout_of_zero",
        what: "An idle timeout of 0 is accepted.",
        fails: &["idle::a_wrong_idle_timeout_is_refused"],
    },
    Mistake {
        name: "has_another_default_timeout",
        what: "The idle timeout is 60 seconds by default instead of 30.",
        fails: &["idle::the_idle_timeout_is_half_a_minute_unless_told"],
    },
    Mistake {
        name: "does_not_log_idle_clients",
        what: "The log doesn't say that a client was disconnected for being idle.",
        fails: &["idle::a_silent_client_is_disconnected_and_the_log_says_so"],
    },
    // The end, and shortage.
    Mistake {
        name: "dies_at_once_on_ctrl_c",
        what: "Ctrl+C ends the process at once, with exit code 130 and no last line.",
        fails: &[
            "log::rust_log_sets_the_level",
            "shutdown::clients_that_do_not_leave_do_not_hold_up_the_end",
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::the_port_is_free_again",
            "shutdown::what_was_echoed_is_still_delivered",
            "shutdown::without_clients_it_ends_as_well",
        ],
    },
    Mistake {
        name: "does_not_handle_sigterm",
        what: "Only Ctrl+C is handled: SIGTERM kills the process.",
        fails: &["shutdown::sigterm_ends_in_order_too"],
    },
    Mistake {
        name: "does_not_wake_its_listener",
        what: "Nothing wakes accept() on Ctrl+C, so the server ends only when the next client comes.",
        fails: &[
            "log::rust_log_sets_the_level",
            "shutdown::clients_that_do_not_leave_do_not_hold_up_the_end",
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::the_port_is_free_again",
            "shutdown::what_was_echoed_is_still_delivered",
            "shutdown::without_clients_it_ends_as_well",
        ],
    },
    Mistake {
        name: "waits_for_clients_to_leave",
        what: "The end waits for clients to leave instead of closing their connections.",
        fails: &[
            "shutdown::clients_that_do_not_leave_do_not_hold_up_the_end",
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::the_port_is_free_again",
            "shutdown::what_was_echoed_is_still_delivered",
        ],
    },
    Mistake {
        name: "closes_only_the_first_client",
        what: "Only the first client's connection is closed at the end.",
        fails: &[
            "shutdown::clients_that_do_not_leave_do_not_hold_up_the_end",
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::what_was_echoed_is_still_delivered",
        ],
    },
    Mistake {
        name: "locks_a_socket_while_it_writes",
        what: "A socket's lock is held while writing, so the end waits for a thread that is stuck in write().",
        fails: &["shutdown::clients_that_do_not_leave_do_not_hold_up_the_end"],
    },
    Mistake {
        name: "resets_connections_at_the_end",
        what: "Connections are reset at the end instead of closed in order.",
        fails: &[
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::what_was_echoed_is_still_delivered",
        ],
    },
    Mistake {
        name: "resets_busy_connections_at_the_end",
        what: "A connection that has carried more than 10,000 bytes is reset at the end instead of closed in order.",
        fails: &["shutdown::what_was_echoed_is_still_delivered"],
    },
    Mistake {
        name: "does_not_reuse_the_address",
        what: "The listener has no SO_REUSEADDR, so the port stays taken for a minute after the end.",
        fails: &["shutdown::the_port_is_free_again"],
    },
    Mistake {
        name: "counts_the_waking_connection",
        what: "The connection that wakes accept() at the end is counted.",
        fails: &[
            "shutdown::clients_that_do_not_leave_do_not_hold_up_the_end",
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::without_clients_it_ends_as_well",
        ],
    },
    Mistake {
        name: "divides_by_no_connections",
        what: "An average is computed at the end: a division by zero if nobody ever connected.",
        fails: &["shutdown::without_clients_it_ends_as_well"],
    },
    Mistake {
        name: "says_more_after_the_last_line",
        what: "Another line follows the last one on standard output.",
        fails: &[
            "shutdown::clients_that_do_not_leave_do_not_hold_up_the_end",
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::without_clients_it_ends_as_well",
        ],
    },
    Mistake {
        name: "ends_with_exit_code_130",
        what: "The end is orderly, and its exit code is 130 instead of 0.",
        fails: &[
            "log::rust_log_sets_the_level",
            "shutdown::clients_that_do_not_leave_do_not_hold_up_the_end",
            "shutdown::ctrl_c_ends_in_order",
            "shutdown::sigterm_ends_in_order_too",
            "shutdown::the_port_is_free_again",
            "shutdown::what_was_echoed_is_still_delivered",
            "shutdown::without_clients_it_ends_as_well",
        ],
    },
    Mistake {
        name: "ends_when_short",
        what: "An error of accept(), such as no more file descriptors, ends the server.",
        fails: &["shortage::out_of_descriptors_it_logs_waits_and_serves_again"],
    },
    Mistake {
        name: "takes_no_more_clients_after_a_shortage",
        what: "After an error of accept() no more clients are taken.",
        fails: &["shortage::out_of_descriptors_it_logs_waits_and_serves_again"],
    },
    Mistake {
        name: "spins_when_short",
        what: "accept() is called again at once while there is no descriptor to be had.",
        fails: &["shortage::out_of_descriptors_it_logs_waits_and_serves_again"],
    },
    Mistake {
        name: "does_not_log_a_shortage",
        what: "The log doesn't say that file descriptors have run out.",
        fails: &["shortage::out_of_descriptors_it_logs_waits_and_serves_again"],
    },
];
