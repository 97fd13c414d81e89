//! How long the criteria wait. They wait for events, and these deadlines only bound the wait: a right submission never
//! comes near them, also on a busy machine. `GRADER_PATIENCE=3` makes all of them three times as long.

use std::env;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

/// For the first line of a submission: an interpreter may have to start, on a busy machine.
const START: Duration = Duration::from_secs(30);
/// For each event that is expected.
const EVENT: Duration = Duration::from_secs(5);
/// For the next bytes of a stream.
const PAUSE: Duration = Duration::from_secs(10);
/// The slowest stream that is waited for, in bytes a second: an interpreter's among a hundred others on two cores.
const SLOWEST_STREAM: f64 = 200_000.0;
/// For all that a criterion does with one server.
const CRITERION: Duration = Duration::from_secs(90);
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

/// How long a submission may take to listen.
pub fn start() -> Duration {
    stretched(START)
}

/// How long an expected event may take.
pub fn event() -> Duration {
    stretched(EVENT)
}

/// How long nothing may come in the midst of a stream.
pub fn pause() -> Duration {
    stretched(PAUSE)
}

/// How long `bytes` may take to come, all together.
pub fn stream(bytes: usize) -> Duration {
    #[allow(clippy::cast_precision_loss)] // nobody waits for that many
    let time = Duration::from_secs_f64(bytes as f64 / SLOWEST_STREAM);
    event() + stretched(time)
}

/// How long a criterion may take with one server. It bounds what is answered a little at a time.
pub fn criterion() -> Duration {
    stretched(CRITERION)
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
    within(stretched(time), condition)
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
