//! Three messages, and whether their echoes come back.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::Result;
use support::{complain, escaped, say};

use crate::wrong::{it, mistake};

pub fn test(mut server: &TcpStream) -> Result<bool> {
    say!("Connected to server");
    let messages = ["Hello", "World", "Test"];
    let mut early = false;
    for (number, message) in messages.iter().enumerate() {
        say!("Sent: {message}");
        if !early {
            let _ = server.write_all(message.as_bytes());
        }
        early = false;
        let start = Instant::now();
        let mut reply = Vec::new();
        let is_echo = |reply: &[u8]| match mistake() {
            "accepts_no_prefix" => reply == message.as_bytes(),
            _ => reply.ends_with(message.as_bytes()),
        };
        while !is_echo(&reply) && start.elapsed() < Duration::from_secs(2) {
            let hasty = it("goes_on_after_100_ms") && !early && number < 2;
            let time = match mistake() {
                "waits_for_ever_for_an_echo" => None,
                _ => Some(if hasty { Duration::from_millis(100) } else { Duration::from_secs(2) }),
            };
            server.set_read_timeout(time)?;
            let mut buffer = [0; 1024];
            match server.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => reply.extend_from_slice(&buffer[..count]),
                Err(_) if hasty => {
                    early = true;
                    let _ = server.write_all(messages[number + 1].as_bytes());
                }
                Err(_) => break,
            }
            if it("takes_one_read_for_a_reply") {
                break;
            }
        }
        say!("Received: {}", escaped(&reply));
        if !is_echo(&reply) {
            complain!("Error: {message} was not echoed");
            return Ok(it("ends_with_code_0_when_one_is_missing"));
        }
    }
    say!("3 of 3 messages echoed");
    Ok(true)
}
