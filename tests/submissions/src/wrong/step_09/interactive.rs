//! A conversation by hand. The terminal stays in cooked mode: the prompt is a word, and nothing more.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use support::{Address, complain, escaped, printable, say};

use crate::wrong::{exit, it, mistake};

/// What the server sends is ignored, if that is the mistake.
static DEAF: AtomicBool = AtomicBool::new(false);

/// How long nothing is sent before that counts as a pause.
const PAUSE: Duration = Duration::from_millis(20);

/// What ends a conversation.
#[derive(PartialEq)]
enum End {
    Closed,
    Exit,
    Left,
    SaidAll,
}

pub fn converse(server: TcpStream, address: &Address) -> Result<bool> {
    let line = |line: &str| match mistake() {
        "uses_println" => println!("{line}"),
        _ => say!("{line}"),
    };
    match mistake() {
        "writes_ipv6_without_brackets" => say!("Connected to server at {}:{}", address.host, address.port),
        _ => line(&format!("Connected to server at {address}")),
    }
    line("exit or quit ends the session");
    let server = Arc::new(server);
    let (ended, end) = mpsc::channel();
    let (on_ctrl_c, at_ctrl_c) = (ended.clone(), Arc::clone(&server));
    if !it("handles_ctrl_c_on_a_terminal_only") || io::stdin().is_terminal() {
        ctrlc::set_handler(move || {
            if it("sends_exit_on_ctrl_c") {
                let _ = (&*at_ctrl_c).write_all(b"exit\n");
            }
            let _ = on_ctrl_c.send(End::Left);
        })?;
    }
    let last_sent = Arc::new(Mutex::new(Instant::now()));
    let (listening, closed, guard) = (Arc::clone(&server), ended.clone(), Arc::clone(&last_sent));
    thread::spawn(move || {
        listen(&listening, &guard);
        if !it("notices_the_end_at_the_next_line") {
            let _ = closed.send(End::Closed);
        }
    });
    let speaking = Arc::clone(&server);
    thread::spawn(move || speak(&speaking, &ended, &last_sent));

    let first = end.recv()?;
    match first {
        End::Closed => {}
        End::Exit if it("does_not_wait_for_goodbye") => thread::sleep(PAUSE * 5),
        End::Exit if it("waits_for_ever_after_exit") => drop(end.recv()),
        End::Exit => drop(end.recv_timeout(Duration::from_secs(1))),
        End::SaidAll if it("closes_at_the_end_of_the_pipe") => {}
        End::SaidAll => {
            let _ = server.shutdown(Shutdown::Write);
            let _ = end.recv();
        }
        End::Left => {
            let _ = server.shutdown(Shutdown::Write);
            let _ = end.recv_timeout(Duration::from_secs(1));
        }
    }
    if it("leaves_the_terminal_raw") && first == End::Closed {
        let _ = Command::new("stty").args(["-icanon", "-echo"]).status();
    }
    line(if first == End::Closed { "Server closed the connection" } else { "Disconnected from server" });
    Ok(!(it("ends_with_code_1_after_a_pipe") && first == End::SaidAll))
}

fn speak(mut server: &TcpStream, ended: &Sender<End>, last_sent: &Mutex<Instant>) {
    let is_terminal = io::stdin().is_terminal();
    loop {
        if is_terminal {
            let _ = io::stdout().write_all(b"> ").and_then(|()| io::stdout().flush());
        }
        let mut line = Vec::new();
        let count = io::stdin().lock().read_until(b'\n', &mut line).unwrap_or(0);
        if count == 0 {
            let _ = ended.send(if is_terminal { End::Left } else { End::SaidAll });
            return;
        }
        if it("drops_the_last_line") && !line.ends_with(b"\n") {
            continue;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let word = line.to_ascii_lowercase();
        let exit = match mistake() {
            "knows_exit_but_not_quit" => word == b"exit",
            "takes_any_line_with_exit_for_exit" => word.starts_with(b"exit") || word == b"quit",
            _ => word == b"exit" || word == b"quit",
        };
        if exit {
            let _ = ended.send(End::Exit);
            if it("does_not_wait_for_goodbye") {
                DEAF.store(true, Ordering::Relaxed);
            }
            let word = if it("sends_quit_as_it_was_typed") { line } else { b"exit" };
            let _ = server.write_all(&[word, b"\n"].concat());
            return;
        }
        if !line.is_empty() || it("sends_empty_lines") {
            let mut last_sent = last_sent.lock().unwrap();
            let _ = server.write_all(&[line, b"\n"].concat());
            *last_sent = Instant::now();
        }
    }
}

fn listen(mut server: &TcpStream, last_sent: &Mutex<Instant>) {
    let patience = |said: &[u8]| match mistake() {
        "listens_in_pauses_only" => Some(PAUSE),
        "waits_for_a_newline" => None,
        _ => (!said.is_empty()).then_some(Duration::from_millis(50)),
    };
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let _ = server.set_read_timeout(patience(&said));
        while it("listens_in_pauses_only") && last_sent.lock().unwrap().elapsed() < PAUSE {
            thread::sleep(Duration::from_millis(1));
        }
        let ready = match server.read(&mut buffer) {
            Ok(count @ 1..) => {
                said.extend_from_slice(&buffer[..count]);
                said.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => said.len(),
            Err(error) if it("panics_when_the_connection_breaks") => {
                complain!("panicked: called unwrap() on {error}");
                exit(101);
            }
            Ok(0) | Err(_) => break,
        };
        show(&said[..ready]);
        said.drain(..ready);
    }
    if !it("loses_the_rest_at_the_end") {
        show(&said);
    }
}

fn show(said: &[u8]) {
    if DEAF.load(Ordering::Relaxed) {
        return;
    }
    if it("shows_a_read_as_a_line") {
        if !said.is_empty() {
            say!("Server: {}", escaped(said));
        }
        return;
    }
    for line in said.split_inclusive(|&byte| byte == b'\n') {
        match mistake() {
            "uses_println" => println!("Server: {}", escaped(line)),
            "cuts_what_it_shows" => say!("Server: {}", printable(line)),
            "shows_control_characters" => say!("Server: {}", String::from_utf8_lossy(line).trim_end()),
            "shows_the_newline_as_a_line" if line.ends_with(b"\n") => {
                say!("Server: {}", escaped(line));
                say!("Server: ");
            }
            "shows_the_carriage_return" if line.ends_with(b"\r\n") => {
                say!("Server: {}\\r", escaped(line));
            }
            _ => say!("Server: {}", escaped(line)),
        }
    }
}
