//! A queue to a thread that writes, for the mistakes about queues.

use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// When the queue holds much, whoever adds to it waits, for no longer than `patience`. A client that does read is hardly
/// overtaken, so the queue grows only for one that doesn't.
pub fn queue(patience: Duration) -> (Queue, Queued) {
    let (sender, receiver) = mpsc::channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Queue { sender, waiting: Arc::clone(&waiting), patience }, Queued { receiver, waiting })
}

pub struct Queue {
    sender: Sender<Vec<u8>>,
    /// How many bytes are in it.
    waiting: Arc<AtomicUsize>,
    patience: Duration,
}

impl Queue {
    pub fn add(&self, bytes: &[u8]) -> io::Result<()> {
        const MUCH: usize = 4 * 1024 * 1024;
        let start = Instant::now();
        while self.waiting.load(Ordering::SeqCst) > MUCH && start.elapsed() < self.patience {
            thread::sleep(Duration::from_millis(1));
        }
        self.waiting.fetch_add(bytes.len(), Ordering::SeqCst);
        self.sender.send(bytes.into()).map_err(|_| ErrorKind::BrokenPipe.into())
    }
}

pub struct Queued {
    receiver: Receiver<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
}

impl Queued {
    /// Writes all that is queued and will be, until the other end is dropped.
    pub fn write_all_to(self, mut client: &TcpStream) {
        for bytes in &self.receiver {
            if client.write_all(&bytes).is_err() {
                self.waiting.store(0, Ordering::SeqCst); // nobody is to wait for this thread
                return;
            }
            self.waiting.fetch_sub(bytes.len(), Ordering::SeqCst);
        }
    }
}
