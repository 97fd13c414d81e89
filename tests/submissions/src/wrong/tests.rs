//! The names of the tests that several steps share, by the file in `tests/shared` that holds them.

tests! {
    A_LINE = "bytes::a_line_comes_back"
    NO_NEWLINE = "bytes::bytes_come_back_without_waiting_for_a_newline"
    NO_TEXT = "bytes::bytes_that_are_no_text_come_back"
    LONG_CONVERSATION = "bytes::a_conversation_may_be_long_and_its_messages_of_any_size"
    MEBIBYTE = "bytes::a_mebibyte_sent_at_once_comes_back"
    SLOW_READER = "bytes::a_slow_reader_gets_every_byte"
    HALF_CLOSE = "bytes::after_a_half_close_the_client_gets_all_it_is_owed"

    HELP = "command_line::help_explains_the_command_line_with_an_example"
    NO_ARGUMENT = "command_line::without_arguments_it_listens_on_localhost_8080"
    ONE_ARGUMENT = "command_line::one_argument_is_the_port"
    TWO_ARGUMENTS = "command_line::two_arguments_are_host_and_port"
    HOST_ALONE = "command_line::it_listens_on_the_host_alone"
    IPV6 = "command_line::ipv6_works"
    WRONG_PORT = "command_line::a_wrong_port_is_refused_with_the_reason"
    TOO_MANY = "command_line::too_many_arguments_are_refused"
    UNKNOWN_OPTION = "command_line::an_unknown_option_is_refused"
    IN_USE = "command_line::an_address_in_use_is_one_line_of_error"
    UNKNOWN_HOST = "command_line::an_unknown_host_is_one_line_of_error"

    INTERRUPT = "interrupt::ctrl_c_ends_the_program_and_frees_the_port"

    EACH_EVENT = "screen::each_event_is_a_line_in_order"
    LOST = "screen::the_end_of_a_lost_client_is_a_line_too"
    QUIET = "screen::quiet_leaves_out_what_was_said"
    FORGED = "screen::what_a_client_sends_cannot_forge_a_line"
    CUT = "screen::a_long_message_is_cut_on_the_screen"

    ONE_AFTER_ANOTHER = "survival::one_client_after_another_is_served"
    LEAVES_AT_ONCE = "survival::a_client_that_leaves_at_once_is_no_trouble"
    RESET = "survival::a_client_that_is_reset_does_not_stop_the_server"
    LINE_WITHOUT_END = "survival::a_line_without_an_end_needs_no_memory"
    NEVER_READS = "survival::a_client_that_never_reads_does_not_stop_the_server"
    UNHEARD = "survival::output_that_nobody_hears_does_not_stop_the_server"

    SILENT = "together::a_silent_client_does_not_hold_up_another"
    LAST_FIRST = "together::the_last_to_come_may_be_the_first_to_speak"
    A_HUNDRED = "together::hundreds_of_silent_clients_leave_room_for_another"
    NOT_ANOTHERS = "together::no_client_gets_what_is_anothers"
    HELD_UP = "together::a_client_that_never_reads_does_not_hold_up_another"
    ANOTHERS_RESET = "together::a_reset_of_one_client_is_nothing_to_another"
    LEAK = "leaving::nothing_remains_of_a_client_however_it_left"
    LINES = "lines::lines_about_different_clients_do_not_mix"

    SHORTAGE = "shortage::out_of_descriptors_it_waits_and_serves_again"
}
