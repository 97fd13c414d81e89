//! A conversation by hand: one thread sends what is typed, another shows what the server says, at any time.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use support::{Address, say};

use crate::cooked::Cooked;
use crate::keyboard::{self, Keyboard, NoMore, Typed};
use crate::listen::listen;

/// How long the server may take for its last words.
const FAREWELL: Duration = Duration::from_secs(3);

/// What ends the conversation. The main thread waits for it, so it is noticed immediately, whatever the others wait for.
enum End {
    /// The server closed the connection.
    Closed,
    /// The user typed exit, which is sent to the server.
    Exit,
    /// The user pressed Ctrl+C or Ctrl+D.
    Left,
    /// The pipe has ended.
    SentAll,
}

/// Talks to the server until one of the two has had enough.
pub fn run(server: TcpStream, address: &Address) -> Result<()> {
    say!("Connected to server at {address}");
    say!("Type a line and press Enter to send it; exit or quit ends the session.");
    server.set_nodelay(true)?; // send each line immediately, even while an earlier one is on its way (RFC 896)

    let server = Arc::new(server);
    let (ended, end) = mpsc::channel();
    let (keyboard, screen) = keyboard::open();
    let screen = Arc::new(screen);
    let cooked = matches!(keyboard, Keyboard::Terminal(..)).then(Cooked::remember);

    // The editor takes Ctrl+C for a key; from a pipe it is a signal.
    let on_ctrl_c = ended.clone();
    ctrlc::set_handler(move || drop(on_ctrl_c.send(End::Left)))?;

    let (listening, shown, closed) = (Arc::clone(&server), Arc::clone(&screen), ended.clone());
    thread::spawn(move || {
        listen(&listening, |line| shown.show(&line));
        let _ = closed.send(End::Closed);
    });
    let speaking = Arc::clone(&server);
    thread::spawn(move || speak(keyboard, &speaking, &ended));

    let last_line = match end.recv()? {
        End::Closed => "Server closed the connection",
        End::Exit => {
            let _ = end.recv_timeout(FAREWELL);
            "Disconnected from server"
        }
        End::Left => {
            let _ = server.shutdown(Shutdown::Write);
            let _ = end.recv_timeout(FAREWELL);
            "Disconnected from server"
        }
        End::SentAll => {
            // TODO 4: Shut down the sending side without closing the connection, because the server
            // still has replies to send: see TcpStream::shutdown. Then wait for the next end, which
            // is the server's, however long it takes.
            todo!("TODO 4: half-close");
            "Disconnected from server"
        }
    };
    screen.close(); // or the editor might set the terminal to raw mode after it was put back
    drop(cooked);
    say!("{last_line}");
    Ok(())
}

/// Sends each line that is typed.
fn speak(mut keyboard: Keyboard, mut server: &TcpStream, ended: &Sender<End>) {
    loop {
        match keyboard.next() {
            Ok(Typed::Line(line)) if line.is_empty() => {}
            Ok(Typed::Line(line)) if is_exit(&line) => {
                // Before the server knows: its answer must not be the first that is heard of the end.
                let _ = ended.send(End::Exit);
                let _ = server.write_all(b"exit\n");
                return;
            }
            // If it can't be sent the connection is broken, and the listening thread notices.
            Ok(Typed::Line(mut line)) => {
                // TODO 3: Send the line with a newline after it, all of it, in one call: see
                // Write::write_all. Ignore whether it works.
                todo!("TODO 3: send a line");
            }
            Ok(Typed::Piece(piece)) => drop(server.write_all(&piece)),
            Err(NoMore::Left) => return drop(ended.send(End::Left)),
            Err(NoMore::EndOfPipe) => return drop(ended.send(End::SentAll)),
        }
    }
}

fn is_exit(line: &[u8]) -> bool {
    let word = line.trim_ascii();
    word.eq_ignore_ascii_case(b"exit") || word.eq_ignore_ascii_case(b"quit")
}
