//! The criteria of step 08: frames instead of lines. A frame is a length of four bytes, the highest first, and as many
//! bytes of any content.

use std::io;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use grader::{Client, Server, Submission, Verdict, noise};

grader::step!("08_bonus_binary");

#[path = "shared/command_line.rs"]
mod command_line;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

const ECHO: &str =
    "answer a frame with a frame: its length in four bytes, the highest first, and its content";

/// Has a frame of a new client echoed.
fn greet(server: &Server, hint: &str) {
    let mut client = server.connect("new client");
    client.send(frame("Hello"));
    client.expect(frame("Hello")).or_hint(hint);
}

/// Takes a port of the host, so that the server can't have it; 0 for any.
fn occupy(host: &str, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((host, port))
}

/// For criteria that send so much that its log would only take time.
fn quiet() -> Submission {
    submission().variable("RUST_LOG", "warn")
}

fn frame(content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [&header(content.len())[..], content].concat()
}

/// What stands before a content of `length` bytes.
fn header(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("a length has four bytes").to_be_bytes()
}

/// Waits for a line of the log that tells of a frame of this client.
fn expect_complaint(server: &Server, client: &Client, hint: &str) {
    let peer = client.address();
    let description = format!("a line that names {peer} and its frame");
    server.stderr().expect_after(0, &description, |line| is_complaint(line, client)).or_hint(hint);
}

/// What a client said stands between quotation marks; here it is the server that speaks.
fn is_complaint(line: &str, client: &Client) -> bool {
    let names_client = line.contains(&client.address().to_string());
    names_client && !line.contains('\'') && line.to_lowercase().contains("frame")
}

/// The server holds hardly more memory than `before`.
#[cfg(target_os = "linux")]
fn bounded(server: &Server, before: u64, bound: usize, hint: &str) {
    let grown = server.memory_peak().saturating_sub(before);
    let detail = format!("its memory grew by {} MB", grown / 1_000_000);
    server.check(grown < bound as u64, Verdict::OutOfBounds, &detail).or_hint(hint);
}

/// Frames come back as frames.
mod echo {
    use super::*;

    /// It exists because it is what a student tries first: the simplest thing that can fail.
    #[test]
    fn a_frame_comes_back_as_a_frame() {
        let server = submission().start();
        let mut client = server.connect("client");
        client.send(b"\0\0\0\x05Hello");
        client.expect(b"\0\0\0\x05Hello").or_hint(ECHO);
        let content = "x".repeat(0x0102);
        client.send(frame(&content));
        client.expect(frame(&content)).or_hint("258 is 0, 0, 1, 2: u32::from_be_bytes() and to_be_bytes()");
    }

    #[test]
    fn an_empty_frame_comes_back_too() {
        let hint = "a length of 0 is a frame without content, complete with its header; it is no end";
        let server = submission().start();
        let mut client = server.connect("client");
        for _ in 0..3 {
            client.send(frame(""));
            client.expect(frame("")).or_hint(hint);
        }
        client.send([frame(""), frame("")].concat());
        client.expect([frame(""), frame("")].concat()).or_hint(hint);
    }

    #[test]
    fn any_content_comes_back() {
        let hint = "the length alone says where a frame ends: what is in it means nothing to the server";
        let every_byte: Vec<u8> = (0..=255).collect();
        let server = submission().start();
        let mut client = server.connect("client");
        for content in [
            &every_byte[..],
            b"\n",
            b"a\r\nb\n\n",
            b"QUIT\n",
            b"exit",
            b"STATS",
            b" ",
            b"\0\0\0\x05",
            &[0xff; 9],
        ] {
            client.send(frame(content));
            client.expect(frame(content)).or_hint(hint);
        }
        client.send(frame(frame("a frame in a frame")));
        client.expect(frame(frame("a frame in a frame"))).or_hint(hint);
    }

    #[test]
    fn frames_that_come_together_go_back_in_order() {
        let server = quiet().start();
        let mut client = server.connect("client");
        let frames: Vec<_> = (0..500).map(|number| frame(format!("frame {number}"))).collect();
        client.exchange(&frames.concat()).or_hint(
            "a read may hold many frames, and a part of one: answer all, in order, and keep the part",
        );
    }

    /// It exists because a frame that comes in pieces is what framing is about, and here one sees where it was cut.
    #[test]
    fn a_frame_may_come_in_pieces() {
        let hint =
            "a read returns what has come, perhaps a part of a length: keep it until the rest is there";
        let server = submission().start();
        let mut client = server.connect("client");
        let hello = frame("Hello");
        for byte in hello.iter().chain(&hello) {
            client.send([*byte]);
            thread::sleep(Duration::from_millis(5));
        }
        client.expect([&hello[..], &hello].concat()).or_hint(hint);
        for cut in 1..hello.len() {
            let (start, end) = hello.split_at(cut);
            client.send([&hello[..], start].concat());
            client.expect(&hello).or_hint(hint);
            client.send([end, &hello[..]].concat());
            client.expect([&hello[..], &hello].concat()).or_hint(hint);
        }
    }

    /// It exists because sizes around that of a buffer are where mistakes are; the others hide which size it was.
    #[test]
    fn a_frame_of_any_size_comes_back_bit_for_bit() {
        let server = quiet().start();
        let mut client = server.connect("client");
        let around = |size: usize| [size - 1, size, size + 1];
        let sizes = [4092, 4096, 8192, 64 * KIB, MIB].into_iter().flat_map(around);
        for (size, seed) in (1..10).chain([255, 256, 257]).chain(sizes).chain([5 * MIB]).zip(0..) {
            client
                .exchange(&frame(noise(size, seed)))
                .or_hint("a frame may be larger than any buffer: collect what each read brings");
        }
    }

    #[test]
    fn a_long_stream_of_frames_needs_little_memory() {
        let server = quiet().start();
        greet(&server, ECHO);
        #[cfg(target_os = "linux")]
        let before = server.memory_peak();
        let frames: Vec<_> = (b' '..).take(12).map(|letter| frame(vec![letter; MIB / 2])).collect();
        let frames = frames.concat();
        let mut client = server.connect("client");
        for _ in 0..4 {
            client.exchange(&frames).or_hint(ECHO);
        }
        #[cfg(target_os = "linux")]
        bounded(&server, before, 16 * MIB, "of a frame that was answered nothing need be kept");
    }

    /// It exists because a client may close its side before it has read a byte, and that is no end within a frame.
    #[test]
    fn after_a_half_close_the_client_gets_all_it_is_owed() {
        let hint = "read() returning 0 means that the client sends no more; write all it is owed, then close";
        let server = quiet().start();
        let mut client = server.connect("client");
        client.send(frame("the last words"));
        client.half_close();
        client.expect(frame("the last words")).or_hint(hint);
        client.expect_end().or_hint(hint);

        let large = frame(noise(4 * MIB, 1));
        let mut client = server.connect("sender");
        client.send_meanwhile_and_half_close(&large, |client| {
            client.expect(&large).or_hint(hint);
            client.expect_end().or_hint(hint);
        });
    }
}

/// A length is a promise.
mod limit {
    use super::*;

    const REFUSE: &str =
        "when a length is above the maximum, log it and close the connection: what follows can't be trusted";

    #[test]
    fn a_length_above_the_maximum_ends_the_connection() {
        let server = submission().options(["--max-frame", "1000"]).start();
        let largest = frame(noise(1000, 1));
        let mut client = server.connect("client");
        client.send(&largest);
        client.expect(&largest).or_hint("the maximum itself is allowed");
        for length in [1001, 65_536, 0x0100_0005, 0x8000_0000, 0xffff_ffff] {
            let mut client = server.connect("braggart");
            client.send([&frame("before")[..], &header(length)].concat());
            client.expect(frame("before")).or_hint("frames that came before in the same read are answered");
            client.expect_end().or_hint(REFUSE);
            expect_complaint(&server, &client, "log that the length was above the maximum");
        }
        let mut client = server.connect("braggart");
        client.send([frame([b'x'; 1001]), frame("behind")].concat());
        let answer = client.expect_gone().or_hint(REFUSE);
        let detail = format!("it answered what came behind a length above the maximum: {answer:?}");
        server.check(answer.is_empty(), Verdict::WrongBytes, &detail).or_hint(REFUSE);
        greet(&server, "it is that client's connection that is closed, and no other");
    }

    #[test]
    fn the_maximum_is_16_mebibytes_unless_told() {
        let server = quiet().start();
        let mut client = server.connect("client");
        client
            .exchange(&frame(noise(16 * MIB, 1)))
            .or_hint("without --max-frame 16,777,216 bytes are allowed");
        client.send(header(16 * MIB + 1));
        client.expect_end().or_hint("without --max-frame more than 16,777,216 bytes are refused");
    }

    #[test]
    fn a_maximum_of_0_allows_the_empty_frame() {
        let server = submission().options(["--max-frame", "0"]).start();
        let mut client = server.connect("client");
        client.send([&frame("")[..], &header(1)].concat());
        client.expect(frame("")).or_hint("an empty frame isn't above any maximum");
        client.expect_end().or_hint(REFUSE);
    }

    #[test]
    fn a_wrong_maximum_is_refused() {
        let hint = "the maximum is a whole number from 0 to 4294967295: what text.parse() takes for a u32";
        for wrong in ["-1", "1.5", "much", "1k", "4294967296", ""] {
            let refused = submission().options(["--max-frame", wrong]).run().or_hint(hint);
            refused.expect_code(2).or_hint(hint);
            refused
                .expect_stderr("the usage, and no panic", |text| {
                    text.contains("sage") && !text.contains("panicked")
                })
                .or_hint(hint);
            refused
                .expect_stdout("nothing", str::is_empty)
                .or_hint("what is wrong belongs on standard error");
        }
    }

    /// What is reserved and never touched is seen in the address space alone.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_length_alone_costs_no_memory() {
        const GIB: usize = 1024 * MIB;
        let hint = "let the buffer grow with what has come: no with_capacity(length), no vec![0; length]";
        let server = quiet().options(["--max-frame", &GIB.to_string()]).start();
        let mut clients: Vec<_> =
            (0..100).map(|number| server.connect(&format!("braggart {number}"))).collect();
        for client in &mut clients {
            client.send(frame("Hello"));
            client.expect(frame("Hello")).or_hint(ECHO);
        }
        let (memory, space) = (server.memory_peak(), server.address_space_peak());
        for client in &mut clients {
            client.send(header(GIB));
        }
        for length in [GIB + 1, 0xffff_ffff].repeat(5) {
            let mut client = server.connect("braggart");
            client.send(header(length));
            client.expect_end().or_hint(REFUSE);
        }
        bounded(&server, memory, 100 * MIB, hint);
        let grown = server.address_space_peak().saturating_sub(space);
        let detail = format!("its address space grew by {} MB", grown / 1_000_000);
        server.check(grown < GIB as u64, Verdict::OutOfBounds, &detail).or_hint(hint);
        clients.truncate(50);
        greet(&server, "clients that promise much and send nothing are no trouble");
    }
}

/// Clients that break off within a frame.
mod cut_off {
    use super::*;

    #[test]
    fn an_end_within_a_frame_is_logged_and_nothing_echoed_for_it() {
        let server = submission().start();
        let hello = frame("Hello");
        for count in 1..hello.len() {
            let mut client = server.connect("breaks off");
            client.send([&frame("whole")[..], &hello[..count]].concat());
            client.half_close();
            client.expect(frame("whole")).or_hint("what was complete is answered");
            client.expect_end().or_hint("a frame is answered when all of it has come, and not before");
            expect_complaint(
                &server,
                &client,
                "log that the client was cut off within a frame, or within its length",
            );
        }
        let mut client = server.connect("large");
        client.send([&header(MIB)[..], "x".repeat(100_000).as_bytes()].concat());
        client.half_close();
        client.expect_end().or_hint("a frame is answered when all of it has come, and not before");
    }

    #[test]
    fn an_end_between_two_frames_is_nothing_to_complain_of() {
        let server = submission().start();
        for content in ["Hello", ""] {
            let mut client = server.connect("client");
            client.send(frame(content));
            client.half_close();
            client.expect(frame(content)).or_hint(ECHO);
            client.expect_end().or_hint("close the connection when the client has sent its last byte");
            let closed = format!("Connection with {} closed", client.address());
            server
                .stderr()
                .expect_after(0, &closed, |line| line.ends_with(&closed))
                .or_hint("log the end of each connection");
            let complaint = server.stderr().lines().into_iter().find(|line| is_complaint(line, &client));
            let detail = "the client ended between two frames, and the log complains";
            server
                .expect_none(complaint, Verdict::WrongOutput, detail)
                .or_hint("within a frame means: a part of its length or content has come");
        }
    }

    /// It exists because a client that crashes sends no end: there the read fails.
    #[test]
    fn a_client_that_crashes_within_a_frame_is_no_trouble() {
        let server = submission().start();
        for count in [1, 4, 6] {
            let mut client = server.connect("crasher");
            client.send(&frame("Hello")[..count]);
            client.reset();
        }
        greet(&server, "an error of one client ends that client's service, not the server");
    }
}

/// Several clients at a time.
mod together {
    use super::*;

    /// It exists because each client needs a framing of its own, and here one sees whose frame went where.
    #[test]
    fn frames_of_two_clients_do_not_mix() {
        let hint = "what has come of a frame belongs to one client: make a Frames for each";
        let server = submission().start();
        let mut first = server.connect("first");
        let mut second = server.connect("second");
        let (one, two) = (frame("from the first"), frame("and this is from the second"));
        for cut in [2, 4, 9] {
            first.send(&one[..cut]);
            second.send(&two[..cut]);
            greet(&server, "a frame that has come in part holds up nobody else");
            second.send(&two[cut..]);
            second.expect(&two).or_hint(hint);
            first.send(&one[cut..]);
            first.expect(&one).or_hint(hint);
        }
    }

    /// It exists because a frame is answered as a whole: to queue answers is easier than to wait until they are taken.
    #[test]
    fn a_client_that_never_reads_neither_costs_memory_nor_holds_up_another() {
        const FLOOD: usize = 200_000_000;
        let hint = "stop reading from a client that doesn't take its frames, and serve the others meanwhile";
        let server = quiet().start();
        let mut talker = server.connect("talker");
        greet(&server, ECHO);
        #[cfg(target_os = "linux")]
        let before = server.memory_peak();
        let mut glutton = server.connect("glutton");
        glutton.flood_with(frame("x".repeat(64 * KIB)), FLOOD);
        #[cfg(target_os = "linux")]
        bounded(&server, before, FLOOD / 2, hint);
        talker.send(frame("still here"));
        talker.expect(frame("still here")).or_hint(hint);
        glutton.reset();
        greet(&server, hint);
    }
}

/// The log, as in step 03.
mod log {
    use super::*;

    #[test]
    fn each_frame_of_a_visit_is_logged_in_order() {
        let server = submission().start();
        let own = server.address();
        let mut client = server.connect("client");
        let peer = client.address();
        for content in ["Hello", ""] {
            client.send(frame(content));
            client.expect(frame(content)).or_hint(ECHO);
        }
        client.close();
        let mut from = 0;
        for event in [
            format!("Echo server started on {own}"),
            "Waiting for client connections...".into(),
            format!("New client connected: {peer}"),
            format!("Received from {peer}: 'Hello'"),
            format!("Echoed to {peer}: 'Hello'"),
            format!("Received from {peer}: ''"),
            format!("Echoed to {peer}: ''"),
            format!("Connection with {peer} closed"),
        ] {
            let line_end = format!(" - INFO - {event}");
            from = server
                .stderr()
                .expect_after(from, &format!("2024-01-15 10:30:45{line_end}"), |line| {
                    line.ends_with(&line_end)
                })
                .or_hint("the log is that of step 03, with the content of a frame for the message");
        }
    }

    #[test]
    fn what_is_in_a_frame_can_neither_forge_nor_flood_the_log() {
        let server = submission().start();
        let mut client = server.connect("forger");
        let closed = format!("Connection with {} closed", client.address());
        let forged = "2024-01-15 10:30:45 - INFO - Connection with 1.2.3.4:5 closed";
        for content in [format!("\r\n{forged}\x1b[2J"), "x".repeat(2000)] {
            client.send(frame(&content));
            client.expect(frame(&content)).or_hint(ECHO);
        }
        client.close();
        server
            .stderr()
            .expect_after(0, &closed, |line| line.ends_with(&closed))
            .or_hint("log the end of each connection");
        let is_made_by_client = |line: &String| {
            line.starts_with(forged) || line.contains(char::is_control) || line.matches('x').count() > 84
        };
        let made = server.stderr().lines().into_iter().find(is_made_by_client);
        server
            .expect_none(made, Verdict::WrongOutput, "this line was made by the client")
            .or_hint("show what a client sent with printable(): it escapes control characters, and cuts");
    }

    #[test]
    fn output_that_nobody_hears_does_not_stop_the_server() {
        let server = submission().unheard().start();
        for _ in 0..3 {
            greet(&server, "println! and eprintln! panic when the pipe is closed; say! and complain! go on");
        }
    }
}

/// The idle timeout, as in step 03.
mod idle {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_client_that_is_silent_within_a_frame_is_disconnected() {
        let hint = "a client that sends nothing for that long is disconnected, also within a frame; and the log says so";
        let server = submission().options(["--idle-timeout", "1"]).start();
        for count in [0, 2, 6] {
            let start = Instant::now();
            let mut silent = server.connect("silent");
            let peer = silent.address().to_string();
            silent.send(&frame("Hello")[..count]);
            silent.expect_end().or_hint(hint);
            let idle = start.elapsed();
            let detail = format!("disconnected after {idle:.1?}, and the idle timeout is 1 s");
            server.check(idle >= Duration::from_millis(900), Verdict::Closed, &detail).or_hint(hint);
            let says_so = |line: &str| {
                let line = line.to_lowercase();
                line.contains(&peer)
                    && ["idle", "timeout", "timed out"].iter().any(|word| line.contains(word))
            };
            let description = format!("a line that names {peer} and the idle timeout");
            server.stderr().expect_after(0, &description, says_so).or_hint(hint);
        }
        greet(&server, "one client's timeout is nothing to others");
    }

    #[test]
    fn any_byte_of_a_frame_starts_the_idle_time_anew() {
        const TIMEOUT: Duration = Duration::from_secs(2);
        let server = submission().options(["--idle-timeout", "2"]).start();
        for _ in 0..10 {
            let mut client = server.connect("slow typist");
            let mut longest_gap = Duration::ZERO;
            for byte in frame("ok") {
                let pause = Instant::now();
                thread::sleep(TIMEOUT / 4);
                client.send([byte]);
                longest_gap = longest_gap.max(pause.elapsed());
            }
            let echoed = client.expect(frame("ok"));
            if longest_gap <= TIMEOUT / 2 {
                return echoed
                    .or_hint("the timeout is for each read, not for a frame or the whole connection");
            }
            // This machine was too busy to type in time: that proves nothing, so try again.
        }
        panic!("this machine is too busy to grade the idle timeout: no client could send a byte each second");
    }
}

/// The orderly end, as in step 03. Nothing can press Ctrl+C for another process on Windows.
#[cfg(unix)]
mod shutdown {
    use super::*;

    #[test]
    fn ctrl_c_ends_in_order_and_tells_the_frames() {
        let server = submission().start();
        let mut clients: Vec<_> = (0..3).map(|number| server.connect(&format!("client {number}"))).collect();
        for (client, content) in [(0, "one"), (1, "two"), (0, ""), (2, "four")] {
            clients[client].send(frame(content));
            clients[client].expect(frame(content)).or_hint(ECHO);
        }
        server.interrupt();
        for mut client in clients {
            client.expect_end().or_hint("at the end close every connection");
        }
        ended(&server, "Server stopped: 3 connections, 4 messages");
    }

    #[test]
    fn sigterm_ends_in_order_within_a_frame() {
        let server = submission().start();
        let mut client = server.connect("client");
        client.send([&frame("whole")[..], &frame("Hello")[..6]].concat());
        client.expect(frame("whole")).or_hint(ECHO);
        server.terminate();
        client.expect_end().or_hint("the end doesn't wait for the rest of a frame");
        ended(&server, "Server stopped: 1 connections, 1 messages");
    }

    /// It exists because frames that nobody takes must not hold up the end.
    #[test]
    fn a_client_that_never_reads_does_not_hold_up_the_end() {
        let server = quiet().start();
        let mut glutton = server.connect("glutton");
        glutton.flood_with(frame("x".repeat(64 * KIB)), 24 * MIB);
        server.interrupt();
        server.expect_exit(0).or_hint("after a moment's grace shut down both directions of every socket");
        let last = server.stdout().last_line();
        let detail =
            format!("expected \"Server stopped: 1 connections, ...\" as the last line, it was {last:?}");
        server
            .check(last.starts_with("Server stopped: 1 connections, "), Verdict::WrongOutput, &detail)
            .or_hint("say what was served as the very last line");
    }

    fn ended(server: &Server, expected: &str) {
        server.expect_exit(0).or_hint("when all threads are joined, return from main: exit code 0");
        let last = server.stdout().last_line();
        let detail = format!("expected the last line on standard output to be {expected:?}, it was {last:?}");
        server
            .check(last == expected, Verdict::WrongOutput, &detail)
            .or_hint("say what was served as the very last line; a message is a frame that was echoed");
    }
}
