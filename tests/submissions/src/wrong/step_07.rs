//! Mistakes of step 07: the rate limit.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::Args;

use super::engine::{self, Echo, Lines, Message, Options, Outcome, Reason, Responder};
use super::{Mistake, it, mistake};

mistakes! {
    refuses_nothing: "it never looks at the rate" => [BURST, FIVE, PAUSE, TWO_BURSTS, COMMANDS];
    has_ten_tokens_unless_told: "the default is 10 messages a second" => [FIVE];
    rounds_tokens_up: "a rate of 2.5 fills the bucket with 3 tokens" => [BURST];
    counts_anew_each_second: "a counter that starts again each second lets two bursts through around that moment" =>
        [COME_BACK, TWO_BURSTS];
    counts_the_last_second: "it allows N in any second, so a burst blocks the client until the second is over" =>
        [COME_BACK];
    saves_without_bound: "a client that is silent for long has tokens for a flood" => [PAUSE, TWO_BURSTS];
    rewards_two_seconds_of_silence: "after a pause the bucket is filled twice" => [PAUSE];
    has_one_bucket_for_all: "the clients share the tokens, so one can use up those of the others" =>
        [OTHERS, NOT_COUNTED, COMMANDS];
    has_buckets_for_four_clients: "each fifth client shares a bucket with another" => [OTHERS];
    lets_a_refused_message_take_a_token: "tokens go below zero, and a client that talks on is never served again" =>
        [COME_BACK, PAUSE, AGAIN];
    ignores_who_is_refused_often: "after 15 refusals a client is refused forever" => [AGAIN];
    disconnects_who_is_too_fast: "a message over the limit ends the connection" =>
        [BURST, FIVE, COME_BACK, PAUSE, TWO_BURSTS, OTHERS, AGAIN, NOT_COUNTED, QUIT];
    counts_what_it_refuses: "STATS counts messages that were refused" => [NOT_COUNTED];
    lets_commands_through: "a command takes no token" => [COMMANDS];
    gives_commands_a_token_they_do_not_need: "a command takes a token, but is never refused" => [COMMANDS];
    refuses_quit: "QUIT needs a token too" => [QUIT];
    takes_a_rate_of_0: "it accepts --rate 0" => [WRONG_RATE];
}

tests! {
    BURST = "a_burst_gets_through_as_far_as_there_are_tokens"
    FIVE = "five_a_second_unless_told"
    COME_BACK = "tokens_come_back_one_by_one"
    PAUSE = "a_pause_saves_no_more_than_the_bucket_holds"
    TWO_BURSTS = "no_moment_lets_two_bursts_through"
    OTHERS = "other_clients_do_not_notice"
    AGAIN = "the_client_stays_connected_and_is_served_again"
    NOT_COUNTED = "what_is_refused_is_not_counted"
    COMMANDS = "commands_take_a_token_too"
    QUIT = "quit_always_works"
    WRONG_RATE = "a_wrong_rate_is_refused"
}

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    let mut args = Args::from("Step 03 with a rate limit.", words);
    let default = if it("has_ten_tokens_unless_told") { "10" } else { "5" };
    let is_right = |rate: &f64| rate.is_finite() && (*rate > 0.0 || *rate == 0.0 && it("takes_a_rate_of_0"));
    let rate = args.value("--rate", "N", default, "messages a second", |text| {
        text.parse().ok().filter(is_right).ok_or_else(|| "it must be a number above 0".into())
    });
    let options = Options::take(&mut args);
    let clients = AtomicUsize::new(0);
    let buckets: Vec<Arc<Mutex<Bucket>>> = (0..4).map(|_| Bucket::new(rate)).collect();
    let connections = engine::run(&args.address(), options.idle_timeout, || {
        let number = clients.fetch_add(1, Ordering::Relaxed);
        let bucket = match mistake() {
            "has_one_bucket_for_all" => Arc::clone(&buckets[0]),
            "has_buckets_for_four_clients" => Arc::clone(&buckets[number % 4]),
            _ => Bucket::new(rate),
        };
        (Lines::default(), Layer { echo: options.echo(), bucket, refused: 0 })
    })?;
    engine::stopped(connections);
    Ok(())
}

struct Layer {
    echo: Echo,
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
        engine::count(it("counts_what_it_refuses").into());
        if it("disconnects_who_is_too_fast") { Outcome::Close(Reason::Exit) } else { Outcome::Answered }
    }
}

impl Layer {
    fn lets_through(&mut self, message: &Message<'_>) -> bool {
        let quits = message.is("QUIT") || message.is("EXIT");
        let commands = message.is("STATS") || message.is("TIME");
        match mistake() {
            "refuses_nothing" => return true,
            "lets_commands_through" if commands => return true,
            "ignores_who_is_refused_often" if self.refused >= 15 && !quits => return false,
            _ if quits && !it("refuses_quit") => return true,
            _ => {}
        }
        let has_token = self.bucket.lock().unwrap().take();
        has_token || commands && it("gives_commands_a_token_they_do_not_need")
    }
}

struct Bucket {
    rate: f64,
    tokens: f64,
    at: Instant,
    /// When the last messages got through.
    last: VecDeque<Instant>,
}

impl Bucket {
    fn new(rate: f64) -> Arc<Mutex<Self>> {
        let mut bucket = Self { rate, tokens: 0.0, at: Instant::now(), last: VecDeque::new() };
        bucket.tokens = bucket.capacity();
        Arc::new(Mutex::new(bucket))
    }

    fn capacity(&self) -> f64 {
        if it("rounds_tokens_up") { self.rate.ceil() } else { self.rate.max(1.0) }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        match mistake() {
            "counts_the_last_second" => return self.take_of_the_last_second(now),
            "counts_anew_each_second" => self.refill_each_second(now),
            _ => self.refill(now),
        }
        let enough = self.tokens >= 1.0;
        if enough || it("lets_a_refused_message_take_a_token") {
            self.tokens -= 1.0;
        }
        enough
    }

    fn refill(&mut self, now: Instant) {
        if it("rewards_two_seconds_of_silence") && now - self.at > Duration::from_secs(2) {
            self.tokens = 2.0 * self.capacity();
            self.at = now;
            return;
        }
        // What is there may be more than the bucket holds, by one of the mistakes.
        let most = self.tokens.max(self.capacity());
        self.tokens += (now - self.at).as_secs_f64() * self.rate;
        self.at = now;
        if !it("saves_without_bound") {
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
