//! Echoes that wait for their client, in a queue that has no bound.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// More than the system keeps for a client that reads nothing: who has taken this much does read, and its queue is kept
/// short.
const TAKEN_BY_A_READER: usize = 16 * 1024 * 1024;

/// What may wait without slowing the client down.
const SHORT: usize = 4 * 1024 * 1024;

/// When dropped it waits for all to be sent.
pub struct Queue {
    sender: Option<Sender<Vec<u8>>>,
    queued: usize,
    sent: Arc<AtomicUsize>,
    writer: Option<JoinHandle<()>>,
}

impl Queue {
    pub fn new(stream: &Arc<TcpStream>) -> Self {
        let (sender, receiver) = channel();
        let sent = Arc::new(AtomicUsize::new(0));
        let (stream, count) = (Arc::clone(stream), Arc::clone(&sent));
        let writer = thread::spawn(move || write(&stream, &receiver, &count));
        Self { sender: Some(sender), queued: 0, sent, writer: Some(writer) }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.queued += bytes.len();
        let _ = self.sender.as_ref().expect("it is there until the end").send(bytes.to_vec());
        let sent = || self.sent.load(Ordering::SeqCst);
        if self.queued - sent() > SHORT {
            thread::sleep(Duration::from_micros(50));
        }
        while sent() > TAKEN_BY_A_READER && self.queued - sent() > SHORT {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn write(mut stream: &TcpStream, queue: &Receiver<Vec<u8>>, sent: &AtomicUsize) {
    for bytes in queue {
        if stream.write_all(&bytes).is_err() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        sent.fetch_add(bytes.len(), Ordering::SeqCst);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.sender = None;
        let _ = self.writer.take().map(JoinHandle::join);
    }
}
