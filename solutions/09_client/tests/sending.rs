//! What the reference says of a file that comes back otherwise, to the last digit.

use std::fs;
use std::thread;
use std::time::Duration;

use grader::{Client, Peer, Run, Verdict};

grader::step!("09_client");

const SIZE: usize = 100_000;

/// The reference sends a file; the server has received its frame.
fn send(name: &str, content: &[u8]) -> (Run, Client) {
    let path = std::env::temp_dir().join(format!("echo-reference-{}-{name}", std::process::id()));
    fs::write(&path, content).expect("the folder for temporary files is writable");
    let peer = Peer::listen();
    let words = ["send", path.to_str().expect("its name is text")];
    let client = submission().to(peer.address()).options(words).start_client();
    let mut server = peer.accept(&client);
    server.expect(frame(content)).or_hint("send the file as a frame");
    let _ = fs::remove_file(path);
    (client, server)
}

fn frame(content: &[u8]) -> Vec<u8> {
    [&u32::try_from(content.len()).expect("it is short").to_be_bytes(), content].concat()
}

fn ends_saying(client: &Run, code: i32, line: &str) {
    client.expect_exit(code).or_hint("0 if it is identical, else 1");
    client.stdout().expect_line(line).or_hint("tell what differs");
}

#[test]
fn how_much_is_missing_is_told() {
    let content = grader::noise(SIZE, 1);
    let (client, mut server) = send("missing", &content);
    server.send(&frame(&content)[..4 + 60_000]);
    server.close();
    ends_saying(&client, 1, "Sent 100000 bytes, received 60000 bytes: 40000 bytes are missing");
}

#[test]
fn where_it_differs_is_told() {
    for place in [0, 70_000, SIZE - 1] {
        let content = grader::noise(SIZE, 2);
        let (client, mut server) = send("different", &content);
        let mut reply = frame(&content);
        reply[4 + place] ^= 1;
        server.send(&reply);
        client.expect_exit(1).or_hint("it is not identical");
        let difference = format!("the first difference is at byte {place}, counted from 0");
        let number = client
            .stdout()
            .expect_after(0, &difference, |line| line.ends_with(&difference))
            .or_hint("tell where");
        let line = &client.stdout().lines()[number];
        let received: usize =
            line.split_whitespace().nth(4).and_then(|word| word.parse().ok()).unwrap_or_default();
        client.check(received > place, Verdict::WrongOutput, line).or_hint("tell how much has come");
    }
}

/// On Unix a pause of the process interrupts a read that has a timeout.
#[cfg(unix)]
#[test]
fn a_pause_of_the_client_changes_nothing() {
    let content = grader::noise(SIZE, 3);
    let (client, mut server) = send("pause", &content);
    let reply = frame(&content);
    let (start, rest) = reply.split_at(50_000);
    server.send(start);
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(50));
        client.pause();
    }
    server.send(rest);
    ends_saying(&client, 0, "Sent 100000 bytes, received 100000 bytes: identical");
}

#[test]
fn what_comes_behind_the_frame_is_not_compared() {
    let content = grader::noise(SIZE, 4);
    let (client, mut server) = send("more", &content);
    server.send([&frame(&content)[..], b"and more"].concat());
    ends_saying(&client, 0, "Sent 100000 bytes, received 100000 bytes: identical");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_to_its_end_is_named() {
    // It has 4,096 bytes as its size, and another content or none.
    let path = "/sys/class/net/lo/speed";
    if !fs::metadata(path).is_ok_and(|data| data.len() > 0) {
        println!("skipped: this needs {path}");
        return;
    }
    let peer = Peer::listen();
    let client = submission().to(peer.address()).options(["send", path]).start_client();
    let _server = peer.accept(&client);
    client.expect_exit(1).or_hint("an error ends it");
    let named = format!("Error: cannot read {path}: ");
    let is_named = |line: &str| line.starts_with(&named);
    client.stderr().expect_after(0, &named, is_named).or_hint("name the file and the error");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_becomes_shorter_is_named() {
    const SIZE: u64 = 256 * 1024 * 1024; // more than the kernel buffers
    let path = std::env::temp_dir().join(format!("echo-reference-{}-shorter", std::process::id()));
    let file = fs::File::create(&path).expect("the folder for temporary files is writable");
    file.set_len(SIZE).expect("a hole takes no room");
    let peer = Peer::listen();
    let words = ["send", path.to_str().expect("its name is text")];
    let client = submission().to(peer.address()).options(words).start_client();
    let mut server = peer.accept(&client);
    server.expect(SIZE.to_be_bytes().split_at(4).1).or_hint("send the file as a frame");
    file.set_len(1000).expect("it is open for writing");
    let _ = fs::remove_file(&path);
    let _ = server.expect_gone(); // reads what is on its way
    client.expect_exit(1).or_hint("an error ends it");
    let named = format!("Error: cannot read {}: it has become shorter", path.display());
    client.stderr().expect_line(&named).or_hint("name the file and the error");
}
