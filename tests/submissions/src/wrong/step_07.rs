//! Mistakes of step 07: the rate limit.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sol03_enhanced::{Echo, Message, Outcome, Reason, Responder};
use support::Args;

use super::Mistake;
use super::common::mistake;
use super::engine::Engine;

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake("refuses_nothing", "it never looks at the rate", &[BURST, FIVE, PAUSE, TWO_BURSTS, COMMANDS]),
    mistake("has_ten_tokens_unless_told", "the default is 10 messages a second", &[FIVE]),
    mistake("rounds_tokens_up", "a rate of 2.5 fills the bucket with 3 tokens", &[BURST]),
    mistake(
        "counts_anew_each_second",
        "a counter that begins anew each second lets two bursts through around that moment",
        &[COME_BACK, TWO_BURSTS],
    ),
    mistake(
        "counts_the_last_second",
        "it allows N in any second: after a burst nothing gets through until the second is over",
        &[COME_BACK],
    ),
    mistake("saves_without_bound", "who is silent for long has tokens for a flood", &[PAUSE, TWO_BURSTS]),
    mistake("rewards_two_seconds_of_silence", "after a pause the bucket is filled twice", &[PAUSE]),
    mistake(
        "has_one_bucket_for_all",
        "the clients share the tokens, so one can use up those of the others",
        &[OTHERS, NOT_COUNTED, COMMANDS],
    ),
    mistake("has_buckets_for_four_clients", "each fifth client shares a bucket with another", &[OTHERS]),
    mistake(
        "lets_a_refused_message_take_a_token",
        "tokens go below zero, and who talks on is never served again",
        &[COME_BACK, PAUSE, AGAIN],
    ),
    mistake("ignores_who_is_refused_often", "after 15 refusals a client is refused for ever", &[AGAIN]),
    mistake(
        "disconnects_who_is_too_fast",
        "a message over the limit ends the connection",
        &[BURST, FIVE, COME_BACK, PAUSE, TWO_BURSTS, OTHERS, AGAIN, NOT_COUNTED, QUIT],
    ),
    mistake("counts_what_it_refuses", "STATS counts messages that were refused", &[NOT_COUNTED]),
    mistake("lets_commands_through", "a command takes no token", &[COMMANDS]),
    mistake(
        "gives_commands_a_token_they_do_not_need",
        "a command takes a token, but is never refused",
        &[COMMANDS],
    ),
    mistake("refuses_quit", "QUIT needs a token too", &[QUIT]),
    mistake("takes_a_rate_of_0", "--rate 0 is no mistake to it", &[WRONG_RATE]),
];

const BURST: &str = "a_burst_gets_through_as_far_as_there_are_tokens";
const FIVE: &str = "five_a_second_unless_told";
const COME_BACK: &str = "tokens_come_back_one_by_one";
const PAUSE: &str = "a_pause_saves_no_more_than_the_bucket_holds";
const TWO_BURSTS: &str = "no_moment_lets_two_bursts_through";
const OTHERS: &str = "other_clients_do_not_notice";
const AGAIN: &str = "the_client_stays_connected_and_is_served_again";
const NOT_COUNTED: &str = "what_is_refused_is_not_counted";
const COMMANDS: &str = "commands_take_a_token_too";
const QUIT: &str = "quit_always_works";
const WRONG_RATE: &str = "a_wrong_rate_is_refused";

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, words: Vec<OsString>) -> anyhow::Result<()> {
    let mut args = Args::from("Step 03 with a rate limit.", words);
    let default = if mistake == "has_ten_tokens_unless_told" { "10" } else { "5" };
    let is_right =
        |rate: &f64| rate.is_finite() && (*rate > 0.0 || *rate == 0.0 && mistake == "takes_a_rate_of_0");
    let rate = args.value("--rate", "N", default, "messages a second", |text| {
        text.parse().ok().filter(is_right).ok_or_else(|| "it must be a number above 0".into())
    });
    let clients = AtomicUsize::new(0);
    let buckets: Vec<Arc<Mutex<Bucket>>> = (0..4).map(|_| Bucket::new(mistake, rate)).collect();
    Engine::new(args).serve(|echo, count| {
        let number = clients.fetch_add(1, Ordering::Relaxed);
        let bucket = match mistake {
            "has_one_bucket_for_all" => Arc::clone(&buckets[0]),
            "has_buckets_for_four_clients" => Arc::clone(&buckets[number % 4]),
            _ => Bucket::new(mistake, rate),
        };
        Layer { mistake, echo, count: Arc::clone(count), bucket, refused: 0 }
    })
}

struct Layer {
    mistake: &'static str,
    echo: Echo,
    count: Arc<AtomicU64>,
    bucket: Arc<Mutex<Bucket>>,
    refused: usize,
}

impl Responder for Layer {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        if self.lets_through(message) {
            return self.echo.respond(message, reply);
        }
        self.refused += 1;
        reply.extend_from_slice(b"Rate limit exceeded\n");
        match self.mistake {
            "counts_what_it_refuses" => _ = self.count.fetch_add(1, Ordering::Relaxed),
            "disconnects_who_is_too_fast" => return Outcome::Close(Reason::AuthTimeout),
            _ => {}
        }
        Outcome::Answered
    }
}

impl Layer {
    fn lets_through(&mut self, message: &Message<'_>) -> bool {
        let quits = message.is("QUIT") || message.is("EXIT");
        let commands = message.is("STATS") || message.is("TIME");
        match self.mistake {
            "refuses_nothing" => return true,
            "lets_commands_through" if commands => return true,
            "ignores_who_is_refused_often" if self.refused >= 15 && !quits => return false,
            _ => {}
        }
        if quits && self.mistake != "refuses_quit" {
            return true;
        }
        let has_token = self.bucket.lock().unwrap().take();
        has_token || commands && self.mistake == "gives_commands_a_token_they_do_not_need"
    }
}

struct Bucket {
    mistake: &'static str,
    rate: f64,
    tokens: f64,
    at: Instant,
    /// When the last messages got through.
    last: VecDeque<Instant>,
}

impl Bucket {
    fn new(mistake: &'static str, rate: f64) -> Arc<Mutex<Self>> {
        let mut bucket = Self { mistake, rate, tokens: 0.0, at: Instant::now(), last: VecDeque::new() };
        bucket.tokens = bucket.capacity();
        Arc::new(Mutex::new(bucket))
    }

    fn capacity(&self) -> f64 {
        if self.mistake == "rounds_tokens_up" { self.rate.ceil() } else { self.rate.max(1.0) }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        match self.mistake {
            "counts_the_last_second" => return self.take_of_the_last_second(now),
            "counts_anew_each_second" => self.refill_each_second(now),
            _ => self.refill(now),
        }
        let enough = self.tokens >= 1.0;
        if enough || self.mistake == "lets_a_refused_message_take_a_token" {
            self.tokens -= 1.0;
        }
        enough
    }

    fn refill(&mut self, now: Instant) {
        if self.mistake == "rewards_two_seconds_of_silence" && now - self.at > Duration::from_secs(2) {
            self.tokens = 2.0 * self.capacity();
            self.at = now;
            return;
        }
        // What is there may be more than the bucket holds, by one of the mistakes.
        let most = self.tokens.max(self.capacity());
        self.tokens += (now - self.at).as_secs_f64() * self.rate;
        self.at = now;
        if self.mistake != "saves_without_bound" {
            self.tokens = self.tokens.min(most);
        }
    }

    /// A second begins with the first message after the last one.
    fn refill_each_second(&mut self, now: Instant) {
        if self.tokens >= self.capacity() && self.last.is_empty() {
            self.last.push_back(now);
            self.at = now;
        }
        if now - self.at >= Duration::from_secs(1) {
            self.at = now;
            self.tokens = self.capacity();
        }
    }

    fn take_of_the_last_second(&mut self, now: Instant) -> bool {
        self.last.retain(|time| now - *time < Duration::from_secs(1));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let enough = self.last.len() < self.capacity() as usize;
        if enough {
            self.last.push_back(now);
        }
        enough
    }
}
