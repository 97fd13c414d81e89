//! A shortage: the operating system has no descriptor or no memory for the next client.

use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for something to be freed.
const PAUSE: Duration = Duration::from_millis(100);

/// A failure this long after the last one belongs to another shortage.
const OVER: Duration = Duration::from_secs(1);

/// What a server remembers of `accept()` failing with EMFILE, ENFILE, ENOBUFS or ENOMEM (accept(2)). The client still
/// waits in the backlog, so the next attempt fails just as fast: a bare loop would burn a core and fill the log.
#[derive(Default)]
pub struct Shortage {
    last_failure: Option<Instant>,
}

impl Shortage {
    /// Waits 100 ms before the next attempt. Calls `report` first, unless that was done earlier in the same shortage: failures
    /// less than a second apart.
    pub fn pause(&mut self, report: impl FnOnce()) {
        if self.last_failure.is_none_or(|failure| failure.elapsed() > OVER) {
            report();
        }
        thread::sleep(PAUSE);
        self.last_failure = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_reported_once_and_the_next_one_again() {
        let mut reports = 0;
        let mut shortage = Shortage::default();
        let start = Instant::now();
        shortage.pause(|| reports += 1);
        assert!(start.elapsed() >= PAUSE);
        shortage.last_failure = Some(Instant::now()); // on a busy machine a second may have passed
        shortage.pause(|| reports += 1);
        assert_eq!(reports, 1);
        shortage.last_failure = Instant::now().checked_sub(2 * OVER);
        shortage.pause(|| reports += 1);
        assert_eq!(reports, 2);
    }
}
