//! Listening: what the server says, as lines.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Duration;

use support::escaped;

/// How long a line that has begun is waited for before it is shown as it is.
const MOMENT: Duration = Duration::from_millis(50);

/// A longer line is shown in pieces.
const LONGEST_LINE: usize = 64 * 1024;

/// Hands each line to `show` as it comes, until the server says no more. TCP may cut a line anywhere, and a server may say
/// something without a newline: so a line's rest is waited for, but only a moment.
pub fn listen(mut server: &TcpStream, mut show: impl FnMut(String)) {
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let _ = server.set_read_timeout((!said.is_empty()).then_some(MOMENT));
        // TODO 2: Read, and append what comes to `said`: see Read::read. `ready` is how much of it
        // to show now: whole_lines(), or all of it when the moment is over (WouldBlock or TimedOut)
        // or the server has closed. `open` is true until read() returns 0 or fails for any other
        // reason. Interrupted is no failure.
        let (ready, open): (usize, bool) = todo!("TODO 2: listen to the server");
        for line in said[..ready].split_inclusive(|&byte| byte == b'\n') {
            show(format!("Server: {}", escaped(line)));
        }
        said.drain(..ready);
        if !open {
            return;
        }
    }
}

/// How many bytes are lines that have ended, or one that is too long to wait for its end.
fn whole_lines(said: &[u8]) -> usize {
    match said.iter().rposition(|&byte| byte == b'\n') {
        Some(last) => last + 1,
        None if said.len() >= LONGEST_LINE => said.len(),
        None => 0,
    }
}
