//! How long the criteria wait. They wait for events, and these deadlines only bound the wait: a right submission never
//! comes near them, also on a busy machine. `GRADER_PATIENCE=3` makes all of them three times as long.
//!
//! A test has a deadline for the whole of it, too, and nothing that it waits for is waited for any longer. On a busy machine that
//! is as many times as long as there are threads for each processor. When the submission has been too slow for one test, the
//! next ones have less time: the verdict is clear.

use std::cell::Cell;
use std::env;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine;

/// For the first line of a submission: an interpreter may have to start, on a busy machine.
const START: Duration = Duration::from_secs(30);
/// For each event that is expected.
const EVENT: Duration = Duration::from_secs(5);
/// For the next bytes of a stream.
const PAUSE: Duration = Duration::from_secs(10);
/// The slowest stream that is waited for, in bytes a second: an interpreter's among a hundred others on two cores.
const SLOWEST_STREAM: f64 = 200_000.0;
/// For all that a test does once its submission has started.
const TEST: Duration = Duration::from_secs(25);
/// The same, once a test has run out of time.
const TEST_OF_A_SLOW_ONE: Duration = Duration::from_secs(5);
/// What is waited when there is no time left: sockets take no 0 for a time.
const NO_TIME: Duration = Duration::from_millis(10);
/// For a command that is to end by itself; a name server may have to be asked.
const COMMAND: Duration = Duration::from_secs(20);

static FACTOR: LazyLock<f64> = LazyLock::new(|| {
    let Ok(factor) = env::var("GRADER_PATIENCE") else { return 1.0 };
    let factor: Option<f64> = factor.parse().ok();
    factor.filter(|factor| (0.01..=1000.0).contains(factor)).unwrap_or_else(|| {
        panic!("GRADER_PATIENCE must be a number from 0.01 to 1000: it multiplies all deadlines");
    })
});

/// `time`, multiplied by `GRADER_PATIENCE`.
pub fn stretched(time: Duration) -> Duration {
    time.mul_f64(*FACTOR)
}

thread_local! {
    /// When the test that runs in this thread has begun.
    static BEGIN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A test has run out of time, or has found out why others will.
static SLOW: AtomicBool = AtomicBool::new(false);

/// The submission is slow: from here on no test waits for it as long as for others.
pub fn it_is_slow() {
    SLOW.store(true, Ordering::Relaxed);
}

/// The time of the test that runs in this thread begins with the first call. The harness gives each test a thread of its
/// own, with the test's name, unless it runs them one by one in its main thread: there each server has the time of a test.
pub(crate) fn begin_test() {
    if thread::current().name().is_some_and(|name| name != "main") && BEGIN.get().is_none() {
        BEGIN.set(Some(Instant::now()));
    }
}

/// How long a test may take.
fn test() -> Duration {
    stretched(if SLOW.load(Ordering::Relaxed) { TEST_OF_A_SLOW_ONE } else { TEST })
}

/// How long a test may take with one server. The time of the whole test bounds it, too, if that is known.
pub fn server() -> Duration {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    if BEGIN.get().is_some() { DAY } else { test().mul_f64(machine::load()) }
}

/// Does `work`, which doesn't count: it is an interpreter that starts, perhaps, on a busy machine.
pub(crate) fn off_the_clock<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    BEGIN.set(BEGIN.get().map(|begin| begin + start.elapsed()));
    result
}

/// `time`, or what the test that runs has left.
fn in_time(time: Duration) -> Duration {
    let Some(begin) = BEGIN.get() else { return time };
    let mut left = test().saturating_sub(begin.elapsed());
    if left.is_zero() {
        left = test().mul_f64(machine::load()).saturating_sub(begin.elapsed());
    }
    if left.is_zero() {
        it_is_slow();
    }
    time.min(left).max(NO_TIME)
}

/// Whether the test that runs has no time left.
pub(crate) fn is_over() -> bool {
    in_time(NO_TIME * 2) == NO_TIME
}

/// How long a submission may take to listen.
pub fn start() -> Duration {
    stretched(START)
}

/// How long an expected event may take.
pub fn event() -> Duration {
    in_time(stretched(EVENT))
}

/// How long nothing may come in the midst of a stream.
pub fn pause() -> Duration {
    in_time(stretched(PAUSE))
}

/// How long `bytes` may take to come, all together.
pub fn stream(bytes: usize) -> Duration {
    #[allow(clippy::cast_precision_loss)] // nobody waits for that many
    let time = Duration::from_secs_f64(bytes as f64 / SLOWEST_STREAM);
    in_time(stretched(EVENT + time))
}

/// How long a command may take that is to end by itself.
pub fn command() -> Duration {
    stretched(COMMAND)
}

/// A time as reports tell it.
pub fn told(time: Duration) -> String {
    format!("{} s", (time.as_secs_f64() * 10.0).round() / 10.0)
}

/// Asks again and again whether `condition` holds, for as long as an event may take. For what can't be waited for,
/// such as the number of another process's threads.
pub fn eventually(condition: impl FnMut() -> bool) -> bool {
    eventually_within(EVENT, condition)
}

/// Like [`eventually`], with a time of the criterion's own.
pub fn eventually_within(time: Duration, condition: impl FnMut() -> bool) -> bool {
    within(in_time(stretched(time)), condition)
}

/// Like [`eventually`], with a time that is not stretched. The longer it takes the longer are the pauses between two looks, as
/// each costs others some of the processor.
pub(crate) fn within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    const SHORTEST: Duration = Duration::from_millis(2);
    const LONGEST: Duration = Duration::from_millis(50);
    let start = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if start.elapsed() >= time {
            return false;
        }
        thread::sleep((start.elapsed() / 4).clamp(SHORTEST, LONGEST));
    }
}
