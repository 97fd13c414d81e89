//! How the criteria find out whether a server that has nothing to do does nothing.

use std::time::Duration;

use grader::Server;

/// How much processor time the server uses while it waits, and in how many seconds: fewer than five, if that is at once less than
/// `little` in each and it is found asleep, or five times as much. One that gets less from a busy machine, and is never asleep,
/// may spin, or be about to do at last what another one does in no time: nobody is accused of that.
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
