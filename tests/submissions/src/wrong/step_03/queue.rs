//! Echoes that wait for their client, in a queue that has no bound.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A client that takes nothing for this long may take its time: what it sends is queued.
const STUCK: Duration = Duration::from_millis(20);

/// When dropped it waits for all to be sent.
pub struct Queue {
    sender: Option<Sender<Vec<u8>>>,
    waiting: Arc<AtomicUsize>,
    is_stuck: bool,
    writer: Option<JoinHandle<()>>,
}

impl Queue {
    pub fn new(stream: &Arc<TcpStream>) -> Self {
        let (sender, receiver) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let (stream, still_waiting) = (Arc::clone(stream), Arc::clone(&waiting));
        let writer = thread::spawn(move || write(&stream, &receiver, &still_waiting));
        Self { sender: Some(sender), waiting, is_stuck: false, writer: Some(writer) }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _ = self.sender.as_ref().expect("it is there until the end").send(bytes.to_vec());
        let start = Instant::now();
        while !self.is_stuck && self.is_waiting() && start.elapsed() < STUCK {
            thread::yield_now();
        }
        self.is_stuck = self.is_waiting();
    }

    fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }
}

fn write(mut stream: &TcpStream, queue: &Receiver<Vec<u8>>, waiting: &AtomicUsize) {
    for bytes in queue {
        if stream.write_all(&bytes).is_err() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.sender = None;
        let _ = self.writer.take().map(JoinHandle::join);
    }
}
