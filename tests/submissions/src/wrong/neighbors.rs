//! What the thread of one client has to do with other clients: nothing, except for some mistakes of step 02.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The clients that are connected, and in `keeps_a_list_of_clients` those that ever were.
static PRESENT: Mutex<Vec<(SocketAddr, TcpStream)>> = Mutex::new(Vec::new());

pub fn remember(client: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    PRESENT.lock().unwrap().push((peer, client.try_clone()?));
    Ok(())
}

/// Takes a client off the list, and with a mistake closes the connections of those that stand before it.
pub fn forget(gone: SocketAddr, and_older_ones: bool) {
    let mut present = PRESENT.lock().unwrap();
    let Some(place) = present.iter().position(|(peer, _)| *peer == gone) else { return };
    let first = if and_older_ones { 0 } else { place };
    for (_, client) in present.drain(first..=place) {
        let _ = client.shutdown(Shutdown::Both);
    }
}

/// Whether a client was reset; its own thread may not know yet.
pub fn one_is_reset() -> bool {
    PRESENT.lock().unwrap().iter().any(|(_, client)| client.peer_addr().is_err())
}

/// Whether a client that came after this one was reset. To wait for its own thread to notice would take luck.
pub fn a_later_one_is_reset(peer: SocketAddr) -> bool {
    let present = PRESENT.lock().unwrap();
    present.iter().skip_while(|(other, _)| *other != peer).any(|(_, client)| client.peer_addr().is_err())
}

/// What a client has sent, or for every hundredth line what another client has just sent.
pub fn swapped(peer: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    static LATEST: Mutex<Option<(SocketAddr, Vec<u8>)>> = Mutex::new(None);
    if !bytes.ends_with(b"\n") {
        return bytes.into();
    }
    let latest = LATEST.lock().unwrap().replace((peer, bytes.into()));
    match latest.filter(|(other, _)| *other != peer) {
        Some((_, line)) if COUNT.fetch_add(1, Ordering::SeqCst).is_multiple_of(100) => line,
        _ => bytes.into(),
    }
}
