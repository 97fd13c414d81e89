//! How the criteria find out whether a server that has nothing to do does nothing.

use std::thread;
use std::time::Duration;

use grader::Server;

/// How much processor time the server uses while it waits, and in how many seconds. On a busy machine one that spins gets little of
/// it: where it is in doubt, it is watched for longer, and as long as it would have more of it for much longer. One that waits uses less than
/// `little` in a second, and in all that time less than five times as much.
pub fn processor_time(server: &Server, little: Duration) -> (u32, Duration) {
    let before = server.cpu_time();
    let mut seconds = 0;
    loop {
        thread::sleep(Duration::from_secs(1));
        seconds += 1;
        let used = server.cpu_time().saturating_sub(before);
        let seems_idle = used < little * seconds || seconds >= 5;
        if used > little * 5 || seconds == 20 || seems_idle && !server.is_busy() {
            return (seconds, used);
        }
    }
}
