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
        let passed = now.saturating_duration_since(self.at);
        self.at = now;
        self.tokens = (self.tokens + passed.as_secs_f64() * self.rate).min(self.rate.max(1.0));
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
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
        let is_free = message.is("QUIT") || message.is("EXIT");
        if is_free || self.bucket.take((self.clock)()) {
            return self.inner.respond(message, reply);
        }
        reply.extend_from_slice(b"Rate limit exceeded\n");
        Outcome::Answered
    }

    fn deadline(&self) -> Option<Deadline> {
        self.inner.deadline()
    }
}
