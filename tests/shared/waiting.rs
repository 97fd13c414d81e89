//! How the criteria find out whether a server that has nothing to do does nothing.

use std::time::Duration;

use grader::Server;

/// How much processor time the server uses while it waits, and in how many seconds. It is watched until it is found asleep, and has used
/// less than `little` a second; or until it has used five times as much; or for five seconds. Who is never asleep, and gets less than
/// that from a busy machine, may spin, or be at work that takes no time elsewhere: nobody is accused of it.
pub fn processor_time(server: &Server, little: Duration) -> (u32, Duration) {
    const LOOKS: u32 = 10;
    /// One that spins may wait a moment for who reads what it logs.
    const FEW: usize = 1;
    let before = server.cpu_time();
    let mut seconds = 0;
    loop {
        let asleep = server.found_asleep(Duration::from_secs(1), LOOKS);
        seconds += 1;
        let used = server.cpu_time().saturating_sub(before);
        let is_idle = asleep > FEW && used < little * seconds;
        if is_idle || used > little * 5 || seconds == 5 {
            return (seconds, used);
        }
    }
}
