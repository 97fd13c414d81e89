//! Taking in a client, also when the system is short of something.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// How long to wait for the system to have file descriptors or memory again.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits for the next connection. Of the errors that accept(2) names, some are about a client that has gone again, and
/// the next one may be had at once; the others last until something is freed: one line in the log, then a try now and
/// then, as a bare loop would burn a core.
pub fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut short = false;
    loop {
        match listener.accept() {
            Ok(connection) => return connection,
            // TODO 6: ConnectionAborted: that client has gone, try the next at once. Anything else: log it as an error, but
            // only the first time, and try again after PAUSE.
            Err(error) => todo!("TODO 6: live through errors of accept()"),
        }
    }
}
