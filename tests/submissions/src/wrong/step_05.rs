//! Mistakes of step 05: the history.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::mem;
use std::sync::{Arc, Mutex};

use support::{Args, escaped, printable};

use super::engine::{self, Echo, Lines, Message, Options, Outcome, Responder};
use super::{Mistake, it, mistake};

mistakes! {
    tells_the_newest_first: "the history comes in the wrong order" => ALL_WITH_SEVERAL;
    shows_the_carriage_return: "of a line ending \\r\\n it takes the \\n away and shows the \\r" => [ORDER];
    has_a_history_for_each_client: "a client gets its own messages only" => [ALL_CLIENTS, ITS_LINE];
    forgets_the_messages_of_those_who_left: "a client's messages leave the history with it" => [ALL_CLIENTS];
    ignores_the_number: "HISTORY 2 shows all messages" => [NUMBER];
    takes_0_for_all: "HISTORY 0 shows all messages" => [NUMBER];
    takes_a_large_number_for_an_error: "a number that no usize holds isn't a number to it" => [NUMBER];
    tells_all_if_it_is_no_number: "parse().unwrap_or(usize::MAX)" => [NO_NUMBER, NO_MESSAGE];
    takes_a_sign: "parse::<i64>() takes -1 for a number" => [NO_NUMBER];
    panics_at_an_argument_that_is_no_text: "str::from_utf8(argument).unwrap()" => [NO_NUMBER];
    recognises_it_by_its_first_letters: "HISTORYX is a command to it" => [BEGINS_LIKE_IT];
    notes_commands: "the history holds commands as well" => [NO_MESSAGE];
    counts_it_as_a_message: "STATS counts HISTORY" => [NO_MESSAGE];
    shows_control_characters: "the history shows a message as it came" => [ITS_LINE];
    keeps_a_hundred_unless_told: "the default is 100 messages" => [TEN];
    keeps_one_more: "the oldest goes when there are two too many" => [TEN, OPTION, LONG];
    takes_any_length: "it accepts --history 100001" => [OPTION];
    keeps_whole_messages: "a message is kept at full length, however long" => [CUT];
    cuts_at_80_characters: "it shows messages with printable()" => [CUT];
    keeps_a_thousand_at_most: "more than 1000 messages are never kept" => [LONG];
}

tests! {
    ORDER = "the_last_messages_are_told_oldest_first"
    ALL_CLIENTS = "the_messages_of_all_clients_are_in_it"
    NUMBER = "a_number_asks_for_that_many"
    NO_NUMBER = "anything_but_a_number_is_an_error"
    BEGINS_LIKE_IT = "a_message_that_only_begins_like_it_is_echoed"
    NO_MESSAGE = "it_is_no_message_and_neither_are_other_commands"
    ITS_LINE = "a_message_stays_on_its_line"
    TEN = "ten_messages_are_kept_unless_told"
    OPTION = "the_option_says_how_many_are_kept"
    CUT = "no_more_than_1024_bytes_of_a_message_are_kept"
    LONG = "a_long_history_is_told_whole_and_in_order"
}

groups! {
    ALL_WITH_SEVERAL = [ORDER, ALL_CLIENTS, NUMBER, ITS_LINE, TEN, OPTION, LONG];
}

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    let mut args = Args::from("Step 03 with a history.", words);
    let default = if it("keeps_a_hundred_unless_told") { "100" } else { "10" };
    let longest = if it("takes_any_length") { usize::MAX } else { 100_000 };
    let length = args.value("--history", "N", default, "keep the last N messages", |text| {
        let length = text.parse().ok().filter(|length: &usize| *length <= longest);
        length.ok_or_else(|| "it must be 0 to 100000".into())
    });
    let capacity = match mistake() {
        "keeps_one_more" => length + 1,
        "keeps_a_thousand_at_most" => length.min(1000),
        _ => length,
    };
    let options = Options::take(&mut args);
    let for_all = Arc::default();
    let connections = engine::run(&args.address(), options.idle_timeout, || {
        let is_own = it("has_a_history_for_each_client");
        let history = if is_own { Arc::default() } else { Arc::clone(&for_all) };
        (Lines::default(), Layer { capacity, echo: options.echo(), history, own: Vec::new() })
    })?;
    engine::stopped(connections);
    Ok(())
}

type History = Mutex<VecDeque<Vec<u8>>>;

struct Layer {
    capacity: usize,
    echo: Echo,
    history: Arc<History>,
    /// What this client has said, if the history forgets it.
    own: Vec<Vec<u8>>,
}

impl Responder for Layer {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        if let Some(argument) = argument(message) {
            engine::count(it("counts_it_as_a_message").into());
            match parse(argument) {
                Some(count) => self.tell(count, reply),
                None => reply.extend_from_slice(b"Error: usage: HISTORY [n]\n"),
            }
            return Outcome::Answered;
        }
        let outcome = self.echo.respond(message, reply);
        if outcome == Outcome::Echoed || it("notes_commands") {
            self.add(&message.bytes);
        }
        outcome
    }
}

fn argument<'m>(message: &'m Message<'_>) -> Option<&'m [u8]> {
    match message.bytes.strip_prefix(b"HISTORY") {
        Some(rest) if it("recognises_it_by_its_first_letters") => Some(rest.trim_ascii()),
        _ => message.argument("HISTORY"),
    }
}

/// How many messages are asked for.
fn parse(argument: &[u8]) -> Option<usize> {
    if argument.is_empty() || it("ignores_the_number") && argument.iter().all(u8::is_ascii_digit) {
        return Some(usize::MAX);
    }
    let text = match mistake() {
        "panics_at_an_argument_that_is_no_text" => str::from_utf8(argument).unwrap(),
        _ => str::from_utf8(argument).unwrap_or("no number"),
    };
    match (text.parse::<i128>().ok(), mistake()) {
        (None, "tells_all_if_it_is_no_number")
        | (Some(0), "takes_0_for_all")
        | (Some(i128::MIN..0), "takes_a_sign") => Some(usize::MAX),
        (Some(number), "takes_a_large_number_for_an_error") => number.try_into().ok(),
        (Some(number), _) if number >= 0 => Some(number.try_into().unwrap_or(usize::MAX)),
        _ => None,
    }
}

fn shown(message: &[u8]) -> String {
    match mistake() {
        "shows_the_carriage_return" if message.ends_with(b"\r\n") => format!("{}\\r", escaped(message)),
        "shows_control_characters" => String::from_utf8_lossy(message.trim_ascii_end()).into_owned(),
        "cuts_at_80_characters" => printable(message).to_string(),
        _ => escaped(message).to_string(),
    }
}

impl Layer {
    fn tell(&self, count: usize, reply: &mut Vec<u8>) {
        let messages = self.history.lock().unwrap();
        let start = messages.len().saturating_sub(count);
        let mut lines: Vec<String> = messages.range(start..).map(|message| shown(message)).collect();
        if it("tells_the_newest_first") {
            lines.reverse();
        }
        reply.extend_from_slice(format!("History: {} messages\n", lines.len()).as_bytes());
        for line in lines {
            reply.extend_from_slice(line.as_bytes());
            reply.push(b'\n');
        }
    }

    fn add(&mut self, message: &[u8]) {
        let kept = if it("keeps_whole_messages") { usize::MAX } else { 1024 };
        let message = message[..message.len().min(kept)].to_vec();
        if it("forgets_the_messages_of_those_who_left") {
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
