//! A token bucket, and a layer that asks it before each message.

use std::time::Instant;

use sol03_enhanced::{Deadline, Message, Outcome, Responder};

/// Lets `rate` messages a second through on average. Tokens come back at that rate, up to as many as the bucket holds, so
/// after a pause a burst gets through (Turner, "New directions in communications", 1986; RFC 2697 meters in the same way).
pub struct TokenBucket {
    rate: f64,
    tokens: f64,
    /// When the tokens were counted.
    at: Instant,
}

impl TokenBucket {
    /// A full bucket of `rate` tokens, at least one. `rate` is in tokens a second, above 0.
    pub fn new(rate: f64, now: Instant) -> Self {
        Self { rate, tokens: rate.max(1.0), at: now }
    }

    /// Takes a token, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        // TODO 1: Add the tokens that have come back since `at`, up to as many as the bucket holds:
        // see Instant::saturating_duration_since. The next count starts now.
        todo!("TODO 1: count the tokens");
        // TODO 2: Take one token if there is one, and return whether there was.
        todo!("TODO 2: take a token");
    }
}

/// Passes on to the responder inside what there is a token for, and QUIT.
pub struct RateLimit<R, C> {
    inner: R,
    bucket: TokenBucket,
    clock: C,
}

impl<R, C: Fn() -> Instant> RateLimit<R, C> {
    /// A layer around `inner`, for one client. `clock` tells the time: `Instant::now`, or a test's own.
    pub fn new(inner: R, rate: f64, clock: C) -> Self {
        Self { inner, bucket: TokenBucket::new(rate, clock()), clock }
    }
}

impl<R: Responder, C: Fn() -> Instant> Responder for RateLimit<R, C> {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        // TODO 3: If there is a token for the message, let the responder inside answer. If not,
        // answer "Rate limit exceeded". QUIT and EXIT need no token.
        todo!("TODO 3: pass on what there is a token for");
    }

    fn deadline(&self) -> Option<Deadline> {
        self.inner.deadline()
    }
}
