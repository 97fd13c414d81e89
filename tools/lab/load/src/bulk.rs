//! Bulk throughput, both ways at once: one connection, a thread that writes 64 KiB at a time and one that reads. In the end the
//! writer half-closes, and every byte must have come back.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use crate::connection::Server;
use crate::failures::compare;
use crate::message::{LARGE, message};
use crate::outcome::Outcome;
use crate::window::Window;

/// The reader takes what there is in few calls.
const READ: usize = 4 * LARGE;

pub fn run(server: &Server, window: &Window) -> Outcome {
    let mut count = 0;
    let end = measure(server, window, &mut count);
    Outcome::new(count, window, 2, end)
}

fn measure(server: &Server, window: &Window, count: &mut u64) -> Result<()> {
    let stream = server.connect(0)?.stream;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| write(&stream, &stop));
        let came = read(&stream, window, &stop, count);
        if came.is_err() {
            let _ = stream.shutdown(Shutdown::Both); // a writer that waits ends
        }
        let (sent, came) = (writer.join().expect("the writer doesn't panic"), came?);
        if sent? == came { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    })
}

/// Sends whole messages until told to stop. Returns how many bytes.
fn write(mut stream: &TcpStream, stop: &AtomicBool) -> Result<u64> {
    let message = message(LARGE);
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        stream.write_all(&message)?;
        sent += LARGE as u64;
    }
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}

/// Reads to the end, and counts in `count` what came in time. Returns how many bytes came in all.
fn read(mut stream: &TcpStream, window: &Window, stop: &AtomicBool, count: &mut u64) -> Result<u64> {
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
            return if stop.load(Ordering::Relaxed) {
                Ok(came)
            } else {
                Err(ErrorKind::UnexpectedEof.into())
            };
        }
        compare(&buffer[..length], &expected[start..start + length])?;
        start = (start + length) % LARGE;
        came += length as u64;
        if window.has(now) {
            *count += length as u64;
        }
    }
}
