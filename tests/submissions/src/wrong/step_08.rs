//! Mistakes of step 08: frames.

use std::borrow::Cow;
use std::ffi::OsString;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{iter, mem};

use sol03_enhanced::{Deadline, Framing, Message, Outcome, Reason, Responder, log_format};
use support::{Args, say};

use super::Mistake;
use super::common::{self, criteria as c, mistake};

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake("reads_the_lowest_byte_first", "from_le_bytes() and to_le_bytes(): little endian", EVERY_CONTENT),
    mistake(
        "has_a_length_of_two_bytes",
        "its lengths are of type u16",
        &[ANY_SIZE, STREAM, HALF_CLOSE, ABOVE, DEFAULT, MAXIMUM_0, PROMISE, CUT_OFF, SILENT, CTRL_C, SIGTERM],
    ),
    mistake(
        "counts_the_header_in_the_length",
        "its lengths are those of header and content together",
        EVERY_ECHO,
    ),
    mistake(
        "ignores_the_highest_byte",
        "only the last three bytes of a length count",
        &[ABOVE, DEFAULT, PROMISE],
    ),
    mistake(
        "takes_the_length_for_signed",
        "as i32, the largest lengths are below any maximum",
        &[ABOVE, PROMISE],
    ),
    mistake(
        "echoes_bytes_as_they_come",
        "it echoes what each read returns, and knows of no frames",
        &[ABOVE, DEFAULT, MAXIMUM_0, PROMISE, CUT_OFF, VISIT, SILENT, SIGTERM],
    ),
    mistake(
        "answers_a_frame_before_it_is_complete",
        "what has come of a frame goes back at once",
        &[CUT_OFF, VISIT, SILENT, SIGTERM],
    ),
    mistake(
        "loses_the_rest_of_a_read",
        "what a read holds behind a frame is lost",
        &[EMPTY, IN_ORDER, PIECES, STREAM, CUT_OFF],
    ),
    mistake(
        "swaps_frames_that_come_together",
        "the frames of one read go back in reverse order",
        &[IN_ORDER],
    ),
    mistake("needs_the_header_in_one_read", "a length that comes in pieces is lost", &[PIECES, MIXED, ANEW]),
    mistake(
        "needs_a_frame_in_one_read",
        "what a read holds of a frame that isn't complete is lost",
        &[IN_ORDER, PIECES, ANY_SIZE, STREAM, HALF_CLOSE, DEFAULT, CUT_OFF, MIXED, ANEW],
    ),
    mistake(
        "cuts_a_frame_at_64_kib",
        "of a longer frame only the first 65,536 bytes go back",
        &[ANY_SIZE, STREAM, HALF_CLOSE, DEFAULT],
    ),
    mistake(
        "takes_an_empty_frame_for_the_end",
        "it closes the connection at an empty frame",
        &[EMPTY, MAXIMUM_0, BETWEEN, VISIT, CTRL_C],
    ),
    mistake(
        "takes_a_second_empty_frame_for_the_end",
        "it closes the connection at two empty frames in a row",
        &[EMPTY],
    ),
    mistake(
        "ignores_an_empty_frame",
        "it doesn't answer an empty frame",
        &[EMPTY, MAXIMUM_0, BETWEEN, VISIT, CTRL_C],
    ),
    mistake("strips_the_newline", "a newline at the end of a content doesn't come back", &[CONTENT]),
    mistake("needs_a_newline", "a frame is answered when a newline ends its content", EVERY_ECHO),
    mistake("knows_the_command_quit", "a frame that holds QUIT ends the connection", &[CONTENT]),
    mistake(
        "makes_text_of_all_bytes",
        "String::from_utf8_lossy() replaces what is no UTF-8",
        &[CONTENT, ANY_SIZE, HALF_CLOSE, ABOVE, DEFAULT],
    ),
    mistake("remembers_all_frames", "it keeps every frame that it has echoed", &[STREAM]),
    mistake("reserves_what_a_length_promises", "Vec::with_capacity(length), whatever comes then", &[PROMISE]),
    mistake(
        "reserves_before_it_refuses",
        "it makes room for a length, and then looks whether that is too long",
        &[PROMISE],
    ),
    mistake("has_no_maximum", "any length is allowed", EVERY_REFUSAL),
    mistake("ignores_the_option", "the maximum is 16 MiB, whatever --max-frame says", &[ABOVE, MAXIMUM_0]),
    mistake("has_another_default", "without --max-frame the maximum is 16,000,000 bytes", &[DEFAULT]),
    mistake("takes_a_maximum_of_0_for_none", "with --max-frame 0 any length is allowed", &[MAXIMUM_0]),
    mistake(
        "takes_any_word_for_a_maximum",
        "parse().unwrap_or(16 MiB) makes a maximum of any word",
        &[WRONG_MAXIMUM],
    ),
    mistake(
        "refuses_the_maximum_itself",
        "a frame has to be smaller than the maximum",
        &[ABOVE, DEFAULT, MAXIMUM_0],
    ),
    mistake(
        "allows_one_more_than_the_maximum",
        "a frame may have one byte more than the maximum",
        EVERY_REFUSAL,
    ),
    mistake("skips_a_frame_above_the_maximum", "it reads on behind a frame that is too long", EVERY_REFUSAL),
    mistake(
        "says_nothing_of_a_refused_length",
        "no line tells that a length was above the maximum",
        &[ABOVE],
    ),
    mistake(
        "says_nothing_of_a_cut_off_frame",
        "no line tells that a client ended within a frame",
        &[CUT_OFF],
    ),
    mistake(
        "says_nothing_of_a_cut_off_length",
        "an end within a length is like one between frames to it",
        &[CUT_OFF],
    ),
    mistake("takes_every_end_for_a_cut", "it says of every client that its frame was cut off", &[BETWEEN]),
    mistake(
        "keeps_one_buffer_for_all_clients",
        "what has come of a frame isn't kept for each client",
        &[ABOVE, PROMISE, CUT_OFF, CRASH, MIXED, NEVER_READS, SILENT],
    ),
    mistake("does_not_count_an_empty_frame", "an empty frame goes back, and doesn't count", &[CTRL_C]),
    mistake(
        "counts_a_frame_when_its_length_has_come",
        "a frame that isn't complete counts as well",
        &[SIGTERM],
    ),
    mistake("logs_no_frames", "what was received and echoed is not logged", &[VISIT]),
    mistake(
        "logs_frames_as_they_are",
        "a line of the log shows all of a frame's content, not escaped",
        &[FORGED],
    ),
    mistake("uses_println", "println! panics when standard output is a broken pipe", &[UNHEARD]),
    mistake("times_out_too_early", "the idle timeout comes after 60% of its time", &[SILENT]),
    mistake(
        "counts_idle_time_from_the_start",
        "the idle time counts from the start of the connection",
        &[ANEW],
    ),
    common::IGNORES_THE_PORT,
];

const A_FRAME: &str = "echo::a_frame_comes_back_as_a_frame";
const EMPTY: &str = "echo::an_empty_frame_comes_back_too";
const CONTENT: &str = "echo::any_content_comes_back";
const IN_ORDER: &str = "echo::frames_that_come_together_go_back_in_order";
const PIECES: &str = "echo::a_frame_may_come_in_pieces";
const ANY_SIZE: &str = "echo::a_frame_of_any_size_comes_back_bit_for_bit";
const STREAM: &str = "echo::a_long_stream_of_frames_needs_little_memory";
const HALF_CLOSE: &str = "echo::after_a_half_close_the_client_gets_all_it_is_owed";
const ABOVE: &str = "limit::a_length_above_the_maximum_ends_the_connection";
const DEFAULT: &str = "limit::the_maximum_is_16_mebibytes_unless_told";
const MAXIMUM_0: &str = "limit::a_maximum_of_0_allows_the_empty_frame";
const WRONG_MAXIMUM: &str = "limit::a_wrong_maximum_is_refused";
const PROMISE: &str = "limit::a_length_alone_costs_no_memory";
const CUT_OFF: &str = "cut_off::an_end_within_a_frame_is_logged_and_nothing_echoed_for_it";
const BETWEEN: &str = "cut_off::an_end_between_two_frames_is_nothing_to_complain_of";
const CRASH: &str = "cut_off::a_client_that_crashes_within_a_frame_is_no_trouble";
const MIXED: &str = "together::frames_of_two_clients_do_not_mix";
const NEVER_READS: &str = "together::a_client_that_never_reads_neither_costs_memory_nor_holds_up_another";
const VISIT: &str = "log::each_frame_of_a_visit_is_logged_in_order";
const FORGED: &str = "log::what_is_in_a_frame_can_neither_forge_nor_flood_the_log";
const UNHEARD: &str = "log::output_that_nobody_hears_does_not_stop_the_server";
const SILENT: &str = "idle::a_client_that_is_silent_within_a_frame_is_disconnected";
const ANEW: &str = "idle::any_byte_of_a_frame_starts_the_idle_time_anew";
const CTRL_C: &str = "shutdown::ctrl_c_ends_in_order_and_tells_the_frames";
const SIGTERM: &str = "shutdown::sigterm_ends_in_order_within_a_frame";

/// The criteria that have a length refused.
const EVERY_REFUSAL: &[&str] = &[ABOVE, DEFAULT, MAXIMUM_0, PROMISE];

/// The criteria that have a frame echoed.
const EVERY_ECHO: &[&str] = &[
    A_FRAME,
    EMPTY,
    CONTENT,
    IN_ORDER,
    PIECES,
    ANY_SIZE,
    STREAM,
    HALF_CLOSE,
    ABOVE,
    DEFAULT,
    MAXIMUM_0,
    PROMISE,
    CUT_OFF,
    BETWEEN,
    CRASH,
    MIXED,
    NEVER_READS,
    VISIT,
    FORGED,
    UNHEARD,
    SILENT,
    ANEW,
    CTRL_C,
    SIGTERM,
    c::IPV6,
    c::HOST_ALONE,
    c::ONE_ARGUMENT,
    c::TWO_ARGUMENTS,
    c::NO_ARGUMENT,
];

/// The criteria that have a frame with content echoed.
const EVERY_CONTENT: &[&str] = &[
    A_FRAME,
    CONTENT,
    IN_ORDER,
    PIECES,
    ANY_SIZE,
    STREAM,
    HALF_CLOSE,
    ABOVE,
    DEFAULT,
    PROMISE,
    CUT_OFF,
    BETWEEN,
    CRASH,
    MIXED,
    NEVER_READS,
    VISIT,
    FORGED,
    UNHEARD,
    SILENT,
    ANEW,
    CTRL_C,
    SIGTERM,
    c::IPV6,
    c::HOST_ALONE,
    c::ONE_ARGUMENT,
    c::TWO_ARGUMENTS,
    c::NO_ARGUMENT,
];

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> anyhow::Result<()> {
    let mut args = Args::from("Echoes frames: a length of four bytes, then that many bytes.", words);
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let default = if mistake == "has_another_default" { "16000000" } else { "16777216" };
    let max =
        args.value("--max-frame", "BYTES", default, "refuse a longer frame", |text| match text.parse() {
            Err(_) if mistake == "takes_any_word_for_a_maximum" => Ok(16 * 1024 * 1024),
            max => max.map_err(|_| "it must be a whole number".to_owned()),
        });
    let mut address = args.address();
    if mistake == "ignores_the_port" {
        address.port = 0;
    }
    log_format::init();

    let messages = Arc::new(AtomicU64::new(0));
    let pending = Arc::new(Mutex::default());
    let connections = sol03_enhanced::serve(&address, idle_timeout, || {
        let one_for_all = mistake == "keeps_one_buffer_for_all_clients";
        let pending = if one_for_all { Arc::clone(&pending) } else { Arc::default() };
        let max = maximum(mistake, max);
        let counter = Arc::clone(&messages);
        let frames = Frames { mistake, max, pending, refusal: None, skip: 0, is_counted: false, counter };
        (frames, Echo::new(mistake, idle_timeout, &messages))
    })?;
    say!("Server stopped: {connections} connections, {} messages", messages.load(Ordering::Relaxed));
    Ok(())
}

/// The largest length that is allowed.
fn maximum(mistake: &str, asked: u32) -> usize {
    let asked = asked as usize;
    match mistake {
        "has_no_maximum" => usize::MAX,
        "takes_a_maximum_of_0_for_none" if asked == 0 => usize::MAX,
        "ignores_the_option" => 16 * 1024 * 1024,
        "allows_one_more_than_the_maximum" => asked + 1,
        _ => asked,
    }
}

/// Collects what was read, and takes frames from it.
struct Frames {
    mistake: &'static str,
    max: usize,
    pending: Arc<Mutex<Vec<u8>>>,
    refusal: Option<Reason>,
    /// How much of a frame that is too long is still to come.
    skip: usize,
    /// The current frame counts, though it isn't complete.
    is_counted: bool,
    counter: Arc<AtomicU64>,
}

impl Framing for Frames {
    fn split<'a>(&mut self, read: &'a [u8]) -> impl Iterator<Item = Message<'a>> {
        let pending = Arc::clone(&self.pending);
        let mut pending = pending.lock().unwrap();
        let is_lost = self.mistake == "needs_the_header_in_one_read" && pending.is_empty() && read.len() < 4;
        if !is_lost {
            pending.extend_from_slice(read);
        }
        let mut frames: Vec<Vec<u8>> = match self.mistake {
            "echoes_bytes_as_they_come" => vec![pending.split_off(0)],
            _ => iter::from_fn(|| self.next(&mut pending)).collect(),
        };
        match self.mistake {
            "answers_a_frame_before_it_is_complete" => {
                let refused = if self.refusal.is_some() { pending.len().min(read.len()) } else { 0 };
                frames = vec![read[..read.len() - refused].to_vec()];
            }
            "swaps_frames_that_come_together" => frames.reverse(),
            "loses_the_rest_of_a_read" if !frames.is_empty() => {
                frames.truncate(1);
                pending.clear();
            }
            "needs_a_frame_in_one_read" => pending.clear(),
            _ => {}
        }
        frames.into_iter().map(|bytes| Message { bytes: bytes.into(), line: None })
    }

    fn refusal(&self) -> Option<Reason> {
        self.refusal
    }

    fn cut_off(&self) -> Option<Reason> {
        let pending = self.pending.lock().unwrap().len();
        let is_cut = match self.mistake {
            "says_nothing_of_a_cut_off_frame" => false,
            "says_nothing_of_a_cut_off_length" => pending >= 4,
            "takes_every_end_for_a_cut" => true,
            _ => pending > 0,
        };
        is_cut.then_some(Reason::CutOff)
    }
}

impl Frames {
    /// The content of the next frame, if all of it has come.
    fn next(&mut self, pending: &mut Vec<u8>) -> Option<Vec<u8>> {
        let skipped = self.skip.min(pending.len());
        pending.drain(..skipped);
        self.skip -= skipped;
        let (header, length) = read_header(self.mistake, pending)?;
        if self.mistake == "reserves_before_it_refuses" {
            pending.reserve(length);
        }
        if length > self.max || length == self.max && self.mistake == "refuses_the_maximum_itself" {
            return self.refuse(header + length, pending);
        }
        if self.mistake == "reserves_what_a_length_promises" {
            pending.reserve(length);
        }
        if self.mistake == "counts_a_frame_when_its_length_has_come" && !self.is_counted {
            self.counter.fetch_add(1, Ordering::Relaxed);
        }
        self.is_counted = pending.len() < header + length;
        if self.is_counted {
            return None;
        }
        let rest = pending.split_off(header + length);
        let mut frame = mem::replace(pending, rest);
        Some(frame.split_off(header))
    }

    fn refuse(&mut self, size: usize, pending: &mut Vec<u8>) -> Option<Vec<u8>> {
        match self.mistake {
            "skips_a_frame_above_the_maximum" => {
                self.skip = size;
                return self.next(pending);
            }
            "says_nothing_of_a_refused_length" => self.refusal = Some(Reason::Exit),
            _ => self.refusal = Some(Reason::FrameTooLong),
        }
        None
    }
}

/// How long the header of the first frame is, and how long its content.
fn read_header(mistake: &str, pending: &[u8]) -> Option<(usize, usize)> {
    if mistake == "has_a_length_of_two_bytes" {
        return Some((2, u16::from_be_bytes(*pending.first_chunk()?).into()));
    }
    let bytes = *pending.first_chunk()?;
    let length = u32::from_be_bytes(bytes);
    let length = match mistake {
        "reads_the_lowest_byte_first" => u32::from_le_bytes(bytes),
        "counts_the_header_in_the_length" => length.saturating_sub(4),
        "ignores_the_highest_byte" => length & 0x00ff_ffff,
        "takes_the_length_for_signed" if length > u32::MAX / 2 => 0,
        _ => length,
    };
    Some((4, length as usize))
}

/// What stands before a content of `length` bytes.
fn header(mistake: &str, length: usize) -> Vec<u8> {
    let length = u32::try_from(length).expect("no frame is as long");
    match mistake {
        "echoes_bytes_as_they_come" | "answers_a_frame_before_it_is_complete" => Vec::new(),
        "reads_the_lowest_byte_first" => length.to_le_bytes().into(),
        "has_a_length_of_two_bytes" => length.to_be_bytes()[2..].into(),
        "counts_the_header_in_the_length" => (length + 4).to_be_bytes().into(),
        _ => length.to_be_bytes().into(),
    }
}

/// Answers the frames of one client.
struct Echo {
    mistake: &'static str,
    idle_timeout: Duration,
    start: Instant,
    messages: Arc<AtomicU64>,
    /// How many empty frames have come in a row.
    empty: usize,
    /// All that was echoed.
    remembered: Vec<Vec<u8>>,
}

impl Echo {
    fn new(mistake: &'static str, idle_timeout: Duration, messages: &Arc<AtomicU64>) -> Self {
        let (start, messages) = (Instant::now(), Arc::clone(messages));
        Self { mistake, idle_timeout, start, messages, empty: 0, remembered: Vec::new() }
    }

    /// What goes back for a content.
    fn content<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match self.mistake {
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
        match self.mistake {
            "takes_an_empty_frame_for_the_end" if self.empty > 0 => return Outcome::Close(Reason::Exit),
            "takes_a_second_empty_frame_for_the_end" if self.empty > 1 => return Outcome::Close(Reason::Exit),
            "ignores_an_empty_frame" if bytes.is_empty() => return Outcome::Answered,
            "needs_a_newline" if !bytes.ends_with(b"\n") => return Outcome::Answered,
            "knows_the_command_quit" if message.is("QUIT") => return Outcome::Close(Reason::Exit),
            "uses_println" => println!("{} bytes", bytes.len()),
            "logs_frames_as_they_are" => log::info!("A frame: {}", String::from_utf8_lossy(bytes)),
            _ => {}
        }
        let content = self.content(bytes);
        reply.extend(header(self.mistake, content.len()));
        reply.extend_from_slice(&content);
        let counts = match self.mistake {
            "does_not_count_an_empty_frame" => !bytes.is_empty(),
            "counts_a_frame_when_its_length_has_come" => false,
            _ => true,
        };
        self.messages.fetch_add(counts.into(), Ordering::Relaxed);
        if self.mistake == "logs_no_frames" { Outcome::Answered } else { Outcome::Echoed }
    }

    fn deadline(&self) -> Option<Deadline> {
        let at = match self.mistake {
            "times_out_too_early" => Instant::now() + self.idle_timeout * 3 / 5,
            "counts_idle_time_from_the_start" => self.start + self.idle_timeout,
            _ => return None,
        };
        Some(Deadline { at, reason: Reason::IdleTimeout(self.idle_timeout) })
    }
}
