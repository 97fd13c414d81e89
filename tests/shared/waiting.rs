//! How the criteria find out whether a server that has nothing to do does nothing.

use std::time::Duration;

use grader::Server;

/// How much processor time the server uses while it waits, and in how many seconds. On a busy machine one that spins gets little of
/// it, but is never found asleep: so long it is watched, as it would have more of it for much longer. One that waits uses less
/// than `little` in a second, and in all that time less than five times as much.
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
        let seems_idle = used < little * seconds || seconds >= 5;
        if used > little * 5 || seconds == 20 || seems_idle && asleep > FEW {
            return (seconds, used);
        }
    }
}
