//! `hostile TRICK [[HOST] PORT]`: submissions that would hang, flood or fool a careless grader. Each lives for two
//! minutes at most, in case that nobody ends it.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio, exit};
use std::thread;
use std::time::Duration;

const LIFE: Duration = Duration::from_secs(120);

fn main() {
    thread::spawn(|| {
        thread::sleep(LIFE);
        exit(1);
    });
    let trick = std::env::args().nth(1).unwrap_or_default();
    match trick.as_str() {
        "never_binds" => wait(),
        "binds_and_never_answers" => keep(listen(1)),
        "exits_at_once_silently" => exit(0),
        "exits_at_once_with_words" => {
            println!("I can't be graded today");
            eprintln!("and this is why");
            exit(3);
        }
        "exits_after_its_first_line" => drop(listen(1)),
        "panics_after_a_second" => {
            let _listener = listen(1);
            thread::sleep(Duration::from_secs(1));
            panic!("a second is over");
        }
        "floods_standard_output" => flood(),
        "allocates_without_end" => allocate(),
        "ignores_signals" => {
            let listener = listen(1);
            ctrlc::set_handler(|| {}).expect("there is no other handler");
            keep(listener);
        }
        "leaves_children_that_hold_its_pipes" => {
            let _listener = listen(1);
            child("never_binds", false);
        }
        "moves_to_a_new_session" => {
            child("never_binds", true);
            keep(listen(1));
        }
        "closes_standard_output" => closed_output(),
        "says_it_listens_and_does_not" => {
            println!("Server listening on localhost:9...");
            wait();
        }
        "says_it_twice" => keep(listen(2)),
        "says_a_wrong_port" => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
            println!("Server listening on localhost:70000...");
            keep(listener);
        }
        "answers_a_byte_a_second" => trickle(&listen(1)),
        _ => {
            eprintln!("Error: there is no trick {trick:?}");
            exit(2);
        }
    }
}

/// Listens, and says so `times` times.
fn listen(times: usize) -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = listener.local_addr().expect("it is bound").port();
    for _ in 0..times {
        println!("Server listening on localhost:{port}...");
    }
    listener
}

fn wait() {
    thread::sleep(LIFE);
}

fn keep(listener: TcpListener) {
    wait();
    drop(listener);
}

fn flood() {
    let _listener = listen(1);
    let line = [b"flood ".repeat(10_000), vec![b'\n']].concat();
    while io::stdout().write_all(&line).is_ok() {}
}

fn allocate() {
    let _listener = listen(1);
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![1u8; 64 * 1024 * 1024]);
        thread::sleep(Duration::from_millis(10));
    }
}

/// Starts this program again; it inherits the pipes, and nobody waits for it.
#[allow(clippy::zombie_processes)]
fn child(trick: &str, new_session: bool) {
    let this = std::env::current_exe().expect("it runs");
    let mut command = if new_session { Command::new("setsid") } else { Command::new(&this) };
    if new_session {
        command.arg(&this);
    }
    command.arg(trick).stdin(Stdio::null()).spawn().expect("it can be started again");
}

/// Starts a server whose standard output is closed before its first line.
fn closed_output() {
    let this = std::env::current_exe().expect("it runs");
    let mut server =
        Command::new(this).arg("binds_and_never_answers").stdout(Stdio::null()).spawn().expect("as above");
    let _ = server.wait();
}

fn trickle(listener: &TcpListener) {
    let serve = |mut client: TcpStream| {
        let mut byte = [0];
        while client.read(&mut byte).is_ok_and(|count| count > 0) {
            thread::sleep(Duration::from_secs(1));
            if client.write_all(&byte).is_err() {
                return;
            }
        }
    };
    for client in listener.incoming().flatten() {
        thread::spawn(move || serve(client));
    }
}
