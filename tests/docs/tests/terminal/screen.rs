//! A terminal in which a shell runs one command.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use grader::patience;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use pty_process::blocking::{Command, Pty, open};

/// Large enough that nothing is wrapped and nothing leaves it.
const ROWS: u16 = 200;
const COLUMNS: u16 = 160;

struct Shown {
    terminal: vt100::Parser,
    ended: bool,
}

/// What is on the screen, and the process that has the keyboard. It is ended with this.
pub struct Screen {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<(Mutex<Shown>, Condvar)>,
}

impl Screen {
    pub fn of(command: &str, folder: &Path) -> Self {
        let (pty, pts) = open().expect("the system has another terminal");
        pty.resize(pty_process::Size::new(ROWS, COLUMNS)).expect("it is a terminal");
        let shell = Command::new("sh").args(["-c", command]).current_dir(folder);
        let shell = shell.env("TERM", "xterm").env_remove("RUST_LOG").env_remove("RUST_BACKTRACE");
        let child = shell.spawn(pts).expect("there is a shell");
        let terminal = vt100::Parser::new(ROWS, COLUMNS, 0);
        let shown = Arc::new((Mutex::new(Shown { terminal, ended: false }), Condvar::new()));
        let pty = Arc::new(pty);
        thread::spawn({
            let (pty, shown) = (Arc::clone(&pty), Arc::clone(&shown));
            move || draw(&pty, &shown)
        });
        Self { pty, child, shown }
    }

    /// Types a line, or presses the key Ctrl+C.
    pub fn press(&self, word: &str) {
        let keys = if word == "^C" { "\x03".to_owned() } else { format!("{word}\n") };
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    pub fn lines(&self) -> Vec<String> {
        lines(&self.shown.0.lock().unwrap())
    }

    /// Waits until the screen shows what is wanted.
    pub fn wait(&self, mut wanted: impl FnMut(&[String]) -> bool) -> bool {
        self.wait_for(|shown| wanted(&lines(shown)))
    }

    /// Waits until nobody has the terminal open.
    pub fn wait_for_end(&self) -> bool {
        self.wait_for(|shown| shown.ended)
    }

    /// Waits for the end, and tells whether it was a good one.
    pub fn succeeds(&mut self) -> bool {
        self.wait_for_end() && self.child.wait().is_ok_and(|status| status.success())
    }

    fn wait_for(&self, mut wanted: impl FnMut(&Shown) -> bool) -> bool {
        let (shown, changed) = &*self.shown;
        let waiting = |shown: &mut Shown| !wanted(shown);
        let (_shown, time) =
            changed.wait_timeout_while(shown.lock().unwrap(), patience::command(), waiting).unwrap();
        !time.timed_out()
    }
}

fn lines(shown: &Shown) -> Vec<String> {
    shown.terminal.screen().contents().lines().map(|line| line.trim_end().to_owned()).collect()
}

fn draw(pty: &Pty, (shown, changed): &(Mutex<Shown>, Condvar)) {
    let mut buffer = [0; 4096];
    loop {
        // Linux reports the end as an error.
        let count = (&*pty).read(&mut buffer).unwrap_or(0);
        let mut shown = shown.lock().unwrap();
        shown.terminal.process(&buffer[..count]);
        shown.ended = count == 0;
        changed.notify_all();
        if shown.ended {
            return;
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.child.id().try_into().expect("process ids are positive"));
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
