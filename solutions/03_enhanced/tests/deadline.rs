//! A deadline that a client meets late. The server runs in this process, with a responder of the test's own, and stops with it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use sol03_enhanced::{Deadline, Lines, Message, Outcome, Reason, Responder, serve};
use support::Address;

const DEADLINE: Duration = Duration::from_secs(1);

/// More than the kernel buffers: to send it takes a client that reads.
const REPLY_BYTES: usize = 64 * 1024 * 1024;

/// Has a deadline until the first message, and answers that at length.
struct Late(Option<Instant>);

impl Responder for Late {
    fn respond(&mut self, _message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        self.0 = None;
        reply.resize(REPLY_BYTES, b'x');
        Outcome::Answered
    }

    fn deadline(&self) -> Option<Deadline> {
        self.0.map(|at| Deadline { at, reason: Reason::AuthTimeout })
    }
}

#[test]
fn a_deadline_that_was_met_does_not_end_the_reply() {
    let address = Address { host: "127.0.0.1".into(), port: grader::free_port() };
    let listening = address.clone();
    thread::spawn(move || {
        let new_client = || (Lines::default(), Late(Some(Instant::now() + DEADLINE)));
        serve(&listening, Duration::from_secs(60), new_client).map_err(|error| panic!("{error:#}"))
    });
    let mut client = None;
    grader::patience::eventually(|| {
        client = TcpStream::connect((address.host.as_str(), address.port)).ok();
        client.is_some()
    });
    let mut client = client.expect("the server listens");
    client.write_all(b"Hello\n").expect("the server reads");
    thread::sleep(4 * DEADLINE); // a first write may be cut short by the timeout, the next one fails
    let mut reply = vec![0; REPLY_BYTES];
    client.read_exact(&mut reply).expect("the client met its deadline, and gets all of its reply");
}
