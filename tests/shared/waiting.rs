//! How the criteria find out whether a server that has nothing to do does nothing.

use std::thread;
use std::time::Duration;

use grader::Server;

/// How much processor time the server uses while it waits, and in how many seconds. On a busy machine one that spins gets little of
/// it: where it is in doubt, it is watched for longer, and as long as it would have more of it for much longer.
pub fn processor_time(server: &Server) -> (u32, Duration) {
    const LITTLE: Duration = Duration::from_millis(40);
    let before = server.cpu_time();
    let mut seconds = 0;
    loop {
        thread::sleep(Duration::from_secs(1));
        seconds += 1;
        let used = server.cpu_time().saturating_sub(before);
        let seems_idle = used < LITTLE * seconds || seconds >= 5;
        if used > LITTLE * 5 || seconds == 20 || seems_idle && !server.is_busy() {
            return (seconds, used);
        }
    }
}
