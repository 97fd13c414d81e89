//! Mistakes of step 05: the history.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use sol03_enhanced::{Echo, Message, Outcome, Responder};
use support::{Args, escaped, printable};

use super::Mistake;
use super::common::mistake;
use super::engine::Engine;

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake("tells_the_newest_first", "the history is told in the wrong order", ALL_THAT_TELL_SEVERAL),
    mistake(
        "shows_the_carriage_return",
        "of a line ending \\r\\n it takes the \\n away and shows the \\r",
        &[TOLD],
    ),
    mistake(
        "has_a_history_for_each_client",
        "a client is told its own messages only",
        &[ALL_CLIENTS, ITS_LINE],
    ),
    mistake(
        "forgets_the_messages_of_those_who_left",
        "a client's messages leave the history with it",
        &[ALL_CLIENTS],
    ),
    mistake("ignores_the_number", "HISTORY 2 tells all messages", &[NUMBER]),
    mistake("takes_0_for_all", "HISTORY 0 tells all messages", &[NUMBER]),
    mistake(
        "takes_a_large_number_for_an_error",
        "a number that no usize holds is no number to it",
        &[NUMBER],
    ),
    mistake("tells_all_if_it_is_no_number", "parse().unwrap_or(usize::MAX)", &[NO_NUMBER, NO_MESSAGE]),
    mistake("takes_a_sign", "parse::<i64>() takes -1 for a number", &[NO_NUMBER]),
    mistake("panics_at_an_argument_that_is_no_text", "str::from_utf8(argument).unwrap()", &[NO_NUMBER]),
    mistake("recognises_it_by_its_first_letters", "HISTORYX is a command to it", &[BEGINS_LIKE_IT]),
    mistake("notes_commands", "commands stand in the history as well", &[NO_MESSAGE]),
    mistake("counts_it_as_a_message", "STATS counts HISTORY", &[NO_MESSAGE]),
    mistake("shows_control_characters", "a message stands in the history as it came", &[ITS_LINE]),
    mistake("keeps_a_hundred_unless_told", "the default is 100 messages", &[TEN]),
    mistake("keeps_one_more", "the oldest goes when there are two too many", &[TEN, OPTION, LONG]),
    mistake("takes_any_length", "--history 100001 is no mistake to it", &[OPTION]),
    mistake("keeps_whole_messages", "a message is kept at full length, however long", &[CUT]),
    mistake("cuts_at_80_characters", "it shows messages with printable()", &[CUT]),
    mistake("keeps_a_thousand_at_most", "more than 1000 messages are never kept", &[LONG]),
];

const TOLD: &str = "the_last_messages_are_told_oldest_first";
const ALL_CLIENTS: &str = "the_messages_of_all_clients_are_in_it";
const NUMBER: &str = "a_number_asks_for_that_many";
const NO_NUMBER: &str = "anything_but_a_number_is_an_error";
const BEGINS_LIKE_IT: &str = "a_message_that_only_begins_like_it_is_echoed";
const NO_MESSAGE: &str = "it_is_no_message_and_neither_are_other_commands";
const ITS_LINE: &str = "a_message_stays_on_its_line";
const TEN: &str = "ten_messages_are_kept_unless_told";
const OPTION: &str = "the_option_says_how_many_are_kept";
const CUT: &str = "no_more_than_1024_bytes_of_a_message_are_kept";
const LONG: &str = "a_long_history_is_told_whole_and_in_order";

const ALL_THAT_TELL_SEVERAL: &[&str] = &[TOLD, ALL_CLIENTS, NUMBER, ITS_LINE, TEN, OPTION, LONG];

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> anyhow::Result<()> {
    let mut args = Args::from("Step 03 with a history.", words);
    let default = if mistake == "keeps_a_hundred_unless_told" { "100" } else { "10" };
    let longest = if mistake == "takes_any_length" { usize::MAX } else { 100_000 };
    let length = args.value("--history", "N", default, "keep the last N messages", |text| {
        text.parse()
            .ok()
            .filter(|length: &usize| *length <= longest)
            .ok_or_else(|| "it must be 0 to 100000".into())
    });
    let capacity = match mistake {
        "keeps_one_more" => length + 1,
        "keeps_a_thousand_at_most" => length.min(1000),
        _ => length,
    };
    let for_all = Arc::default();
    Engine::new(args).serve(|echo, count| Layer {
        mistake,
        capacity,
        echo,
        count: Arc::clone(count),
        history: if mistake == "has_a_history_for_each_client" {
            Arc::default()
        } else {
            Arc::clone(&for_all)
        },
        own: Vec::new(),
    })
}

type History = Mutex<VecDeque<Vec<u8>>>;

struct Layer {
    mistake: &'static str,
    capacity: usize,
    echo: Echo,
    count: Arc<AtomicU64>,
    history: Arc<History>,
    /// What this client has said.
    own: Vec<Vec<u8>>,
}

impl Responder for Layer {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        if let Some(argument) = self.argument(message) {
            if self.mistake == "counts_it_as_a_message" {
                self.count.fetch_add(1, Ordering::Relaxed);
            }
            match self.parse(argument) {
                Some(count) => self.tell(count, reply),
                None => reply.extend_from_slice(b"Error: usage: HISTORY [n]\n"),
            }
            return Outcome::Answered;
        }
        let outcome = self.echo.respond(message, reply);
        if outcome == Outcome::Echoed || self.mistake == "notes_commands" {
            self.add(&message.bytes);
        }
        outcome
    }
}

impl Layer {
    fn argument<'m>(&self, message: &'m Message<'_>) -> Option<&'m [u8]> {
        if self.mistake == "recognises_it_by_its_first_letters" && message.bytes.starts_with(b"HISTORY") {
            return Some(message.bytes[7..].trim_ascii());
        }
        message.argument("HISTORY")
    }

    fn parse(&self, argument: &[u8]) -> Option<usize> {
        if argument.is_empty()
            || self.mistake == "ignores_the_number" && argument.iter().all(u8::is_ascii_digit)
        {
            return Some(usize::MAX);
        }
        let text = match self.mistake {
            "panics_at_an_argument_that_is_no_text" => str::from_utf8(argument).unwrap(),
            _ => str::from_utf8(argument).unwrap_or("no number"),
        };
        match (text.parse::<i128>().ok(), self.mistake) {
            (None, "tells_all_if_it_is_no_number")
            | (Some(0), "takes_0_for_all")
            | (Some(i128::MIN..0), "takes_a_sign") => Some(usize::MAX),
            (Some(number), "takes_a_large_number_for_an_error") => number.try_into().ok(),
            (Some(number), _) if number >= 0 => Some(number.try_into().unwrap_or(usize::MAX)),
            _ => None,
        }
    }

    fn tell(&self, count: usize, reply: &mut Vec<u8>) {
        let messages = self.history.lock().unwrap();
        let start = messages.len().saturating_sub(count);
        let mut shown: Vec<String> = messages.range(start..).map(|message| self.show(message)).collect();
        if self.mistake == "tells_the_newest_first" {
            shown.reverse();
        }
        reply.extend_from_slice(format!("History: {} messages\n", shown.len()).as_bytes());
        for line in shown {
            reply.extend_from_slice(line.as_bytes());
            reply.push(b'\n');
        }
    }

    fn show(&self, message: &[u8]) -> String {
        match self.mistake {
            "shows_the_carriage_return" => {
                escaped(message).to_string() + if message.ends_with(b"\r\n") { "\\r" } else { "" }
            }
            "shows_control_characters" => String::from_utf8_lossy(message.trim_ascii_end()).into_owned(),
            "cuts_at_80_characters" => printable(message).to_string(),
            _ => escaped(message).to_string(),
        }
    }

    fn add(&mut self, message: &[u8]) {
        let kept = if self.mistake == "keeps_whole_messages" { usize::MAX } else { 1024 };
        let message = message[..message.len().min(kept)].to_vec();
        if self.mistake == "forgets_the_messages_of_those_who_left" {
            self.own.push(message.clone());
        }
        let mut messages = self.history.lock().unwrap();
        messages.push_back(message);
        if messages.len() > self.capacity {
            messages.pop_front();
        }
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        let own = mem::take(&mut self.own);
        self.history.lock().unwrap().retain(|message| !own.contains(message));
    }
}
