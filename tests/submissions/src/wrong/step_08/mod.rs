//! Mistakes of step 08: frames.

mod frames;

use std::borrow::Cow;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::{Duration, Instant};

use support::Args;

use super::engine::{self, Deadline, Message, Outcome, Reason, Responder};
use super::tests::*;
use super::{Mistake, command_line, it, mistake};
use frames::{Frames, header};

mistakes! {
    reads_the_lowest_byte_first: "it is little endian: from_le_bytes() and to_le_bytes()" => EVERY_CONTENT;
    has_a_length_of_two_bytes: "its lengths are of type u16" =>
        [ANY_SIZE, STREAM, HALF_CLOSE, ABOVE, DEFAULT, MAXIMUM_0, PROMISE, CUT_OFF, SILENT, CTRL_C, SIGTERM];
    counts_the_header_in_the_length: "its lengths are those of header and content together" => EVERY_ECHO;
    ignores_the_highest_byte: "only the last three bytes of a length count" => [ABOVE, DEFAULT, PROMISE];
    takes_the_length_for_signed: "as i32, the largest lengths are below any maximum" => [ABOVE, PROMISE];
    echoes_bytes_as_they_come: "it echoes what each read returns, and knows of no frames" =>
        [ABOVE, DEFAULT, MAXIMUM_0, PROMISE, CUT_OFF, VISIT, SILENT, SIGTERM];
    answers_a_frame_before_it_is_complete: "what has come of a frame goes back immediately" =>
        [CUT_OFF, VISIT, SILENT, SIGTERM];
    loses_the_rest_of_a_read: "what a read holds after a frame is lost" => [EMPTY, IN_ORDER, PIECES, STREAM, CUT_OFF];
    swaps_frames_that_come_together: "the frames of one read go back in reverse order" => [IN_ORDER];
    needs_the_header_in_one_read: "a length that comes in pieces is lost" => [PIECES, MIXED, ANEW];
    needs_a_frame_in_one_read: "what a read holds of a frame that isn't complete is lost" =>
        [IN_ORDER, PIECES, ANY_SIZE, STREAM, HALF_CLOSE, DEFAULT, CUT_OFF, MIXED, ANEW];
    cuts_a_frame_at_64_kib: "of a longer frame only the first 65,536 bytes go back" =>
        [ANY_SIZE, STREAM, HALF_CLOSE, DEFAULT];
    takes_an_empty_frame_for_the_end: "it closes the connection at an empty frame" =>
        [EMPTY, MAXIMUM_0, BETWEEN, VISIT, CTRL_C];
    takes_a_second_empty_frame_for_the_end: "it closes the connection at two empty frames in a row" => [EMPTY];
    ignores_an_empty_frame: "it doesn't answer an empty frame" => [EMPTY, MAXIMUM_0, BETWEEN, VISIT, CTRL_C];
    strips_the_newline: "a newline at the end of a content doesn't come back" => [CONTENT];
    needs_a_newline: "a frame is answered when a newline ends its content" => EVERY_ECHO;
    knows_the_command_quit: "a frame that holds QUIT ends the connection" => [CONTENT];
    makes_text_of_all_bytes: "String::from_utf8_lossy() replaces what isn't UTF-8" =>
        [CONTENT, ANY_SIZE, HALF_CLOSE, ABOVE, DEFAULT];
    remembers_all_frames: "it keeps every frame that it has echoed" => [STREAM];
    reserves_what_a_length_promises: "Vec::with_capacity(length), whatever comes then" => [PROMISE];
    reserves_before_it_refuses: "it makes room for a length, and then looks whether that is too long" => [PROMISE];
    has_no_maximum: "any length is allowed" => EVERY_REFUSAL;
    ignores_the_option: "the maximum is 16 MiB, whatever --max-frame says" => [ABOVE, MAXIMUM_0];
    has_another_default: "without --max-frame the maximum is 16,000,000 bytes" => [DEFAULT];
    takes_a_maximum_of_0_for_none: "with --max-frame 0 any length is allowed" => [MAXIMUM_0];
    takes_any_word_for_a_maximum: "parse().unwrap_or(16 MiB) makes a maximum of any word" => [WRONG_MAXIMUM];
    refuses_the_maximum_itself: "a frame has to be smaller than the maximum" => [ABOVE, DEFAULT, MAXIMUM_0];
    allows_one_more_than_the_maximum: "a frame may have one byte more than the maximum" => EVERY_REFUSAL;
    skips_a_frame_above_the_maximum: "it reads on after a frame that is too long" => EVERY_REFUSAL;
    says_nothing_of_a_refused_length: "no line reports that a length was above the maximum" => [ABOVE];
    says_nothing_of_a_cut_off_frame: "no line reports that a client left in the middle of a frame" => [CUT_OFF];
    says_nothing_of_a_cut_off_length: "an end within a length is like one between frames to it" => [CUT_OFF];
    takes_every_end_for_a_cut: "it reports of every client that its frame was cut off" => [BETWEEN];
    keeps_one_buffer_for_all_clients: "what has come of a frame isn't kept for each client" =>
        [ABOVE, PROMISE, CUT_OFF, CRASH, MIXED, NEVER_READS, SILENT];
    does_not_count_an_empty_frame: "an empty frame goes back, and doesn't count" => [CTRL_C];
    counts_a_frame_when_its_length_has_come: "a frame that isn't complete counts as well" => [SIGTERM];
    logs_no_frames: "what was received and echoed isn't logged" => [VISIT];
    logs_frames_as_they_are: "a line of the log shows all of a frame's content, not escaped" => [FORGED];
    uses_println: "println! panics when standard output is a broken pipe" => [UNHEARD];
    times_out_too_early: "the idle timeout comes after 60% of its time" => [SILENT];
    counts_idle_time_from_the_start: "the idle time counts from the start of the connection" => [ANEW];
    ignores_the_port: "it listens on a port that the kernel chooses, whichever was asked for" =>
        [IN_USE, ONE_ARGUMENT, NO_ARGUMENT];
}

tests! {
    A_FRAME = "echo::a_frame_comes_back_as_a_frame"
    EMPTY = "echo::an_empty_frame_comes_back_too"
    CONTENT = "echo::any_content_comes_back"
    IN_ORDER = "echo::frames_that_come_together_go_back_in_order"
    PIECES = "echo::a_frame_may_come_in_pieces"
    ANY_SIZE = "echo::a_frame_of_any_size_comes_back_bit_for_bit"
    STREAM = "echo::a_long_stream_of_frames_needs_little_memory"
    HALF_CLOSE = "echo::after_a_half_close_the_client_gets_all_it_is_owed"
    ABOVE = "limit::a_length_above_the_maximum_ends_the_connection"
    DEFAULT = "limit::the_maximum_is_16_mebibytes_unless_told"
    MAXIMUM_0 = "limit::a_maximum_of_0_allows_the_empty_frame"
    WRONG_MAXIMUM = "limit::a_wrong_maximum_is_refused"
    PROMISE = "limit::a_length_alone_costs_no_memory"
    CUT_OFF = "cut_off::an_end_within_a_frame_is_logged_and_nothing_echoed_for_it"
    BETWEEN = "cut_off::an_end_between_two_frames_is_nothing_to_complain_of"
    CRASH = "cut_off::a_client_that_crashes_within_a_frame_is_no_trouble"
    MIXED = "together::frames_of_two_clients_do_not_mix"
    NEVER_READS = "together::a_client_that_never_reads_neither_costs_memory_nor_holds_up_another"
    VISIT = "log::each_frame_of_a_visit_is_logged_in_order"
    FORGED = "log::what_is_in_a_frame_can_neither_forge_nor_flood_the_log"
    UNHEARD = "log::output_that_nobody_hears_does_not_stop_the_server"
    SILENT = "idle::a_client_that_is_silent_within_a_frame_is_disconnected"
    ANEW = "idle::any_byte_of_a_frame_starts_the_idle_time_anew"
    CTRL_C = "shutdown::ctrl_c_ends_in_order_and_tells_the_frames"
    SIGTERM = "shutdown::sigterm_ends_in_order_within_a_frame"
}

groups! {
    // They have a length refused.
    EVERY_REFUSAL = [ABOVE, DEFAULT, MAXIMUM_0, PROMISE];
    // They have a frame echoed.
    EVERY_ECHO = [
        A_FRAME, EMPTY, CONTENT, IN_ORDER, PIECES, ANY_SIZE, STREAM, HALF_CLOSE, ABOVE, DEFAULT, MAXIMUM_0, PROMISE,
        CUT_OFF, BETWEEN, CRASH, MIXED, NEVER_READS, VISIT, FORGED, UNHEARD, SILENT, ANEW, CTRL_C, SIGTERM, IPV6,
        HOST_ALONE, ONE_ARGUMENT, TWO_ARGUMENTS, NO_ARGUMENT
    ];
    // They have a frame with content echoed.
    EVERY_CONTENT = [
        A_FRAME, CONTENT, IN_ORDER, PIECES, ANY_SIZE, STREAM, HALF_CLOSE, ABOVE, DEFAULT, PROMISE, CUT_OFF, BETWEEN,
        CRASH, MIXED, NEVER_READS, VISIT, FORGED, UNHEARD, SILENT, ANEW, CTRL_C, SIGTERM, IPV6, HOST_ALONE,
        ONE_ARGUMENT, TWO_ARGUMENTS, NO_ARGUMENT
    ];
}

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    let mut args = Args::from("Echoes frames: a length of four bytes, then that many bytes.", words);
    let idle_timeout = engine::idle_timeout(&mut args);
    let default = if it("has_another_default") { "16000000" } else { "16777216" };
    let max =
        args.value("--max-frame", "BYTES", default, "refuse a longer frame", |text| match text.parse() {
            Err(_) if it("takes_any_word_for_a_maximum") => Ok(16 * 1024 * 1024),
            max => max.map_err(|_| "it must be a whole number".to_owned()),
        });
    let (max, for_all) = (maximum(max), Arc::default());
    let connections = engine::run(&command_line::address(args), idle_timeout, || {
        let one_for_all = it("keeps_one_buffer_for_all_clients");
        let pending = if one_for_all { Arc::clone(&for_all) } else { Arc::default() };
        let echo = Echo { idle_timeout, start: Instant::now(), empty: 0, remembered: Vec::new() };
        (Frames::new(max, pending), echo)
    })?;
    engine::stopped(connections);
    Ok(())
}

/// The largest length that is allowed.
fn maximum(asked: u32) -> usize {
    let asked = asked as usize;
    match mistake() {
        "has_no_maximum" => usize::MAX,
        "takes_a_maximum_of_0_for_none" if asked == 0 => usize::MAX,
        "ignores_the_option" => 16 * 1024 * 1024,
        "allows_one_more_than_the_maximum" => asked + 1,
        _ => asked,
    }
}

/// Answers the frames of one client.
struct Echo {
    idle_timeout: Duration,
    start: Instant,
    /// How many empty frames have come in a row.
    empty: usize,
    /// All that was echoed.
    remembered: Vec<Vec<u8>>,
}

impl Echo {
    /// What goes back for a content.
    fn content<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match mistake() {
            "strips_the_newline" => bytes.strip_suffix(b"\n").unwrap_or(bytes).into(),
            "cuts_a_frame_at_64_kib" => bytes[..bytes.len().min(64 * 1024)].into(),
            "makes_text_of_all_bytes" => String::from_utf8_lossy(bytes).into_owned().into_bytes().into(),
            "remembers_all_frames" => {
                self.remembered.push(bytes.into());
                bytes.into()
            }
            _ => bytes.into(),
        }
    }
}

impl Responder for Echo {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        let bytes = message.bytes.as_ref();
        self.empty = if bytes.is_empty() { self.empty + 1 } else { 0 };
        match mistake() {
            "takes_an_empty_frame_for_the_end" if self.empty > 0 => return Outcome::Close(Reason::Exit),
            "takes_a_second_empty_frame_for_the_end" if self.empty > 1 => {
                return Outcome::Close(Reason::Exit);
            }
            "ignores_an_empty_frame" if bytes.is_empty() => return Outcome::Answered,
            "needs_a_newline" if !bytes.ends_with(b"\n") => return Outcome::Answered,
            "knows_the_command_quit" if message.is("QUIT") => return Outcome::Close(Reason::Exit),
            "uses_println" => println!("{} bytes", bytes.len()),
            "logs_frames_as_they_are" => log::info!("A frame: {}", String::from_utf8_lossy(bytes)),
            _ => {}
        }
        let content = self.content(bytes);
        reply.extend(header(content.len()));
        reply.extend_from_slice(&content);
        let counts = match mistake() {
            "does_not_count_an_empty_frame" => !bytes.is_empty(),
            "counts_a_frame_when_its_length_has_come" => false,
            _ => true,
        };
        engine::count(counts.into());
        if it("logs_no_frames") { Outcome::Answered } else { Outcome::Echoed }
    }

    fn deadline(&self) -> Option<Deadline> {
        let at = match mistake() {
            "times_out_too_early" => Instant::now() + self.idle_timeout * 3 / 5,
            "counts_idle_time_from_the_start" => self.start + self.idle_timeout,
            _ => return None,
        };
        Some(Deadline { at, reason: Reason::IdleTimeout(self.idle_timeout) })
    }
}
