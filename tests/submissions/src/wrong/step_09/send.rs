//! A file, there and back as a frame.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use anyhow::Result;
use support::{Address, complain, say};

use super::connect;
use crate::wrong::{exit, it};

/// A file that is to be sent.
pub struct Content {
    path: String,
    length: u64,
}

impl Content {
    fn open(&self) -> io::Result<impl Read> {
        Ok(File::open(&self.path)?.take(self.length))
    }
}

pub fn open(address: &Address, path: &str) -> Content {
    let refuse = |reason: String| -> ! {
        if it("connects_before_it_opens") {
            drop(connect(address));
        }
        complain!("Error: cannot send {path}: {reason}");
        exit(1);
    };
    let data = match fs::metadata(path) {
        Err(error) if it("panics_when_there_is_no_file") => panic!("called unwrap() on {error}"),
        Err(error) => refuse(error.to_string()),
        Ok(data) if !data.is_file() => refuse("it is not a file".into()),
        Ok(data) => data,
    };
    let mut length = data.len();
    if it("cuts_a_length_to_4_bytes") {
        length &= u64::from(u32::MAX);
    }
    if u32::try_from(length).is_err() {
        refuse("it is too large for a frame".into());
    }
    if it("cannot_send_an_empty_file") && length == 0 {
        refuse("it is empty".into());
    }
    Content { path: path.into(), length }
}

pub fn send(server: &TcpStream, content: &Content) -> Result<bool> {
    if io::stderr().is_terminal() && !it("shows_no_progress") {
        complain!("Sending {} bytes", content.length);
    }
    let header = u32::try_from(content.length)?.to_be_bytes();
    let whole = if it("reads_the_whole_file") { fs::read(&content.path)? } else { Vec::new() };
    let upload = || -> io::Result<()> {
        let mut sink = BufWriter::new(server);
        sink.write_all(&header)?;
        if whole.is_empty() {
            io::copy(&mut content.open()?, &mut sink)?;
        } else {
            sink.write_all(&whole)?;
        }
        sink.flush()
    };
    let difference = thread::scope(|threads| {
        let sending = threads.spawn(|| {
            if upload().is_err() {
                let _ = server.shutdown(Shutdown::Both);
            }
        });
        if it("receives_when_all_is_sent") {
            let _ = sending.join();
        }
        let difference = compare(server, header, content);
        let _ = server.shutdown(Shutdown::Both);
        difference
    })?;
    let count = content.length;
    match difference {
        None => say!("Sent {count} bytes, received {count} bytes: identical"),
        Some(place) => say!("Sent {count} bytes, received others from byte {place} on"),
    }
    Ok(difference.is_none())
}

/// The place of the first difference.
fn compare(mut server: &TcpStream, header: [u8; 4], content: &Content) -> io::Result<Option<u64>> {
    let mut returned = [0; 4];
    if server.read_exact(&mut returned).is_err() {
        return Ok((!it("compares_what_has_come_back")).then_some(0));
    }
    if returned != header && !it("ignores_the_length_that_comes_back") {
        return Ok(Some(0));
    }
    let mut file = content.open()?;
    let (mut wanted, mut buffer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut done = 0;
    while done < content.length {
        let room = usize::try_from(content.length - done).unwrap_or(buffer.len()).min(buffer.len());
        let count = server.read(&mut buffer[..room]).unwrap_or(0);
        if count == 0 {
            return Ok((!it("compares_what_has_come_back")).then_some(done));
        }
        file.read_exact(&mut wanted[..count])?;
        if wanted[..count] != buffer[..count] && !it("compares_the_lengths_only") {
            let same = wanted.iter().zip(&buffer).take_while(|(a, b)| a == b).count();
            return Ok(Some(done + same as u64));
        }
        done += count as u64;
    }
    Ok(None)
}
