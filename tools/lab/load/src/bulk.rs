//! Bulk throughput, both ways at once: one connection, a thread that writes 64 KiB at a time and one that reads. In the end the
//! writer half-closes, and every byte must have come back.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use crate::connection::Server;
use crate::failures::{Failure, Failures, compare};
use crate::message::{LARGE, message};
use crate::outcome::Outcome;
use crate::window::Window;

/// The reader takes what there is in few calls.
const READ: usize = 4 * LARGE;

pub fn run(server: &Server, window: Window) -> Outcome {
    let mut failures = Failures::default();
    let mut count = 0;
    if let Err(failure) = measure(server, window, &mut count) {
        failures.note(&failure);
    }
    Outcome::new(count, &window, 2, failures)
}

fn measure(server: &Server, window: Window, count: &mut u64) -> Result<(), Failure> {
    let stream = server.connect(0)?.stream;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| write(&stream, &stop));
        let read = read(&stream, window, &stop, count);
        if read.is_err() {
            let _ = stream.shutdown(Shutdown::Both); // a writer that waits ends
        }
        let ((sent, error), came) = (writer.join().expect("the writer doesn't panic"), read?);
        if let Some(error) = error {
            return Err(error.into());
        }
        if sent == came {
            return Ok(());
        }
        Err(Failure::closed(format!("{sent} bytes were sent and {came} came back")))
    })
}

/// Sends whole messages until told to stop. Returns how many bytes, and what went wrong.
fn write(mut stream: &TcpStream, stop: &AtomicBool) -> (u64, Option<io::Error>) {
    let message = message(LARGE);
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = stream.write_all(&message) {
            return (sent, Some(error));
        }
        sent += LARGE as u64;
    }
    (sent, stream.shutdown(Shutdown::Write).err())
}

/// Reads to the end, and counts in `count` what came in time. Returns how many bytes came in all.
fn read(mut stream: &TcpStream, window: Window, stop: &AtomicBool, count: &mut u64) -> Result<u64, Failure> {
    // Wherever in a message a read begins, what is expected lies in one piece.
    let expected: Vec<u8> = message(LARGE).into_iter().cycle().take(LARGE + READ).collect();
    let mut buffer = vec![0; READ];
    let mut came = 0;
    let mut start = 0;
    loop {
        let length = stream.read(&mut buffer)?;
        let now = Instant::now();
        if window.is_over(now) {
            stop.store(true, Ordering::Relaxed);
        }
        if length == 0 {
            return if stop.load(Ordering::Relaxed) { Ok(came) } else { Err(Failure::at_its_end()) };
        }
        compare(&buffer[..length], &expected[start..start + length])?;
        start = (start + length) % LARGE;
        came += length as u64;
        if window.has(now) {
            *count += length as u64;
        }
    }
}
