//! Criteria of the mode send.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use grader::{Client, Peer, Run, Verdict};

use crate::submission;

const COMPARE: &str = "compare what comes back with the file, and say where they differ: exit code 1";

/// A file that is removed when this is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("echo-grader-{}-{name}", std::process::id()));
        fs::write(&path, content).expect("the folder for temporary files is writable");
        Self(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().expect("its name is text")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn send(file: &Scratch) -> (Run, Client) {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).options(["send", file.path()]).start_client();
    let server = peer.accept(&client);
    (client, server)
}

/// The frame of step 08.
pub fn frame(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("it is short");
    [&length.to_be_bytes(), content].concat()
}

#[test]
fn a_file_is_one_frame_and_comes_back() {
    let hint = "the content's length in 4 bytes, big-endian, then the content";
    for content in [&b"\0\xff\r\n\x80 any bytes"[..], b"", &grader::noise(70_000, 0)] {
        let file = Scratch::new("small", content);
        let (client, mut server) = send(&file);
        server.expect(frame(content)).or_hint(hint);
        // Some in pieces, as TCP may cut it.
        let reply = frame(content);
        let (start, rest) = reply.split_at(3);
        server.send(start);
        thread::sleep(Duration::from_millis(50));
        server.send(rest);
        client.expect_exit(0).or_hint("what comes back is identical: exit code 0");
        let count = content.len();
        let line = format!("Sent {count} bytes, received {count} bytes: identical");
        client
            .stdout()
            .expect_line(&line)
            .or_hint("say how much was sent and received, and that it is identical");
    }
}

#[test]
fn a_large_file_is_received_while_it_is_sent() {
    const SIZE: usize = 10 * 1024 * 1024;
    let hint =
        "receive while you send: this server echoes what has come, and takes no more until that is taken";
    let content = grader::noise(SIZE, 0);
    let file = Scratch::new("large", &content);
    let (client, mut server) = send(&file);
    for piece in frame(&content).chunks(64 * 1024) {
        server.expect(piece).or_hint(hint);
        server.expect_taken(piece).or_hint(hint);
    }
    client.expect_exit(0).or_hint(hint);
    let line = format!("Sent {SIZE} bytes, received {SIZE} bytes: identical");
    client.stdout().expect_line(&line).or_hint("say how much was sent and received");
}

/// It exists because this is what the mode is for.
#[test]
fn a_file_comes_back_from_the_server_of_step_08() {
    const SIZE: usize = 3_000_000;
    let server = grader::reference("08_bonus_binary").start();
    let file = Scratch::new("to-08", &grader::noise(SIZE, 0));
    let client = submission().to(server.address()).options(["send", file.path()]).start_client();
    let line = format!("Sent {SIZE} bytes, received {SIZE} bytes: identical");
    // An interpreter may have to start first, on a busy machine.
    client.stdout().patiently().expect_line(&line).or_hint("say how much was sent and received");
    client.expect_exit(0).or_hint("what comes back is identical: exit code 0");
}

#[test]
fn a_byte_that_has_changed_is_told_with_its_place() {
    const PLACE: usize = 54_321;
    let content = grader::noise(100_000, 0);
    let file = Scratch::new("changed", &content);
    let (client, mut server) = send(&file);
    server.expect(frame(&content)).or_hint("send the file as a frame");
    let mut reply = frame(&content);
    reply[4 + PLACE] ^= 1;
    server.send(&reply);
    differs(&client, &[PLACE, PLACE + 1]); // counted from 0 or from 1
}

#[test]
fn a_file_that_comes_back_short_or_longer_is_told() {
    let content = grader::noise(100_000, 0);
    let file = Scratch::new("short", &content);
    let (client, mut server) = send(&file);
    server.expect(frame(&content)).or_hint("send the file as a frame");
    server.send(&frame(&content)[..4 + 60_000]);
    server.close();
    differs(&client, &[60_000, 40_000]);

    let (client, mut server) = send(&file);
    server.expect(frame(&content)).or_hint("send the file as a frame");
    server.send(frame(&[&content[..], b"!"].concat()));
    differs(&client, &[]);
}

/// Exit code 1, and one of these numbers in what it says.
fn differs(client: &Run, numbers: &[usize]) {
    client.expect_exit(1).or_hint(COMPARE);
    let all = [client.stdout().lines(), client.stderr().lines()].concat().join("\n");
    let told =
        |number: &usize| all.split(|c: char| !c.is_ascii_digit()).any(|digits| digits == number.to_string());
    let detail = format!("expected one of these numbers in what it says: {numbers:?}");
    client
        .check(numbers.is_empty() || numbers.iter().any(told), Verdict::WrongOutput, &detail)
        .or_hint(COMPARE);
    let praises = all.contains("identical") && !all.contains("not identical");
    client.check(!praises, Verdict::WrongOutput, "it says that they are identical").or_hint(COMPARE);
}

/// It exists because the server of step 08 closes without a word when a frame is too large for it.
#[test]
fn a_server_that_closes_midway_is_told() {
    let content = grader::noise(6 * 1024 * 1024, 0);
    let file = Scratch::new("midway", &content);
    let (client, mut server) = send(&file);
    server.expect(&frame(&content)[..100_000]).or_hint("send the file as a frame");
    server.reset();
    client.expect_exit(1).or_hint(COMPARE);
}

/// It exists because the other one that asks for such a file is about the command line.
#[test]
fn a_file_that_is_not_there_is_told() {
    let hint = "open the file before you connect, and say why it can't be read";
    for path in ["no-such-file", "."] {
        let failed = submission().address(["127.0.0.1", "1", "send", path]).run().or_hint(hint);
        failed
            .expect_stderr(&format!("one line: why {path} can't be read"), |text| {
                text.trim_end().lines().count() == 1 && text.contains(path) && is_about_the_file(text)
            })
            .or_hint(hint);
        failed.expect_code(1).or_hint(hint);
    }
}

/// Elsewhere a file of that size may need the room.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_no_frame_can_hold_is_refused() {
    let hint = "the length has 4 bytes: a frame holds at most 4,294,967,295";
    let file = Scratch::new("huge", b"");
    grader::sparse_file(&file.0, 1 << 32);
    let failed = submission().address(["127.0.0.1", "1", "send", file.path()]).run().or_hint(hint);
    failed.expect_code(1).or_hint(hint);
    failed.expect_stderr("that the file is too large for a frame", is_about_the_file).or_hint(hint);
}

/// Neither a panic nor about a connection.
fn is_about_the_file(text: &str) -> bool {
    !text.contains("panicked") && !text.contains("connect")
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_needs_no_memory() {
    let hint = "read, send, receive and compare a piece at a time: the whole file is never needed";
    // What the client needs for a small file, an interpreter among it, is its own affair.
    let (client, small) = echo_zeros(1);
    client.expect_exit(0).or_hint(hint);
    let (client, large) = echo_zeros(16);
    let detail =
        format!("1 MiB took {} MB of memory, and 16 MiB take {} MB", small / 1_000_000, large / 1_000_000);
    client.check(large < small + 10 * MIB as u64, Verdict::OutOfBounds, &detail).or_hint(hint);
    client.expect_exit(0).or_hint(hint);
}

#[cfg(target_os = "linux")]
const MIB: usize = 1024 * 1024;

/// Has a file of so many mebibytes of zeros sent, and echoes it but for its last bytes. Returns the most memory that the
/// client held.
#[cfg(target_os = "linux")]
fn echo_zeros(mebibytes: usize) -> (Run, u64) {
    let size = mebibytes * MIB;
    let file = Scratch::new(&format!("{mebibytes}-mebibytes"), b"");
    grader::sparse_file(&file.0, size as u64);
    let (client, mut server) = send(&file);
    let length = u32::try_from(size).expect("it is less").to_be_bytes();
    server.expect(length).or_hint("begin with the length");
    let zeros = vec![0; MIB];
    for _ in 0..mebibytes {
        server.expect(&zeros).or_hint("send the file");
    }
    server.send(length);
    for _ in 1..mebibytes {
        server.send(&zeros);
    }
    let (most, last) = zeros.split_at(MIB - 4);
    server.send(most);
    // It still runs, as it waits for the rest.
    let peak = client.memory_peak();
    server.send(last);
    (client, peak)
}
