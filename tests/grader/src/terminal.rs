//! A terminal for a submission: its keys, and its screen.

use std::io::{self, Read, Write};
use std::ops::Deref;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};

use nix::sys::termios::{InputFlags, LocalFlags, OutputFlags, tcgetattr};
use pty_process::blocking::{Command as PtyCommand, Pts, Pty, open};

use crate::check::Check;
use crate::patience;
use crate::report::Verdict;
use crate::server::Run;

/// Rows and columns of a usual terminal.
pub const USUAL_SIZE: (u16, u16) = (24, 100);

/// A pseudo-terminal (`pty(7)`): the program has one end, and this is the other.
#[derive(Clone)]
pub struct Terminal {
    pty: Arc<Pty>,
    /// The program's end, until it has started.
    pts: Arc<Mutex<Option<Pts>>>,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Terminal {
    pub fn new((rows, columns): (u16, u16)) -> Self {
        let (pty, pts) = open().expect("the system has another terminal");
        pty.resize(pty_process::Size::new(rows, columns)).expect("it is a terminal");
        let screen = vt100::Parser::new(rows, columns, 0);
        Self {
            pty: Arc::new(pty),
            pts: Arc::new(Mutex::new(Some(pts))),
            screen: Arc::new(Mutex::new(screen)),
        }
    }

    pub fn spawn(&self, command: Command) -> io::Result<Child> {
        let pts = self.pts.lock().unwrap().take().expect("one program is started on it");
        let mut command = command;
        command.env("TERM", "xterm");
        PtyCommand::from(command).spawn(pts).map_err(io::Error::other)
    }

    /// Takes the keys that are pressed.
    pub fn keys(&self) -> impl Write + Send + 'static {
        Keys(Arc::clone(&self.pty))
    }

    /// What the program prints, for a report. The screen is drawn as this is read.
    pub fn lines(&self) -> impl Read + Send + 'static {
        Lines(self.clone())
    }

    fn screen(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Whether keys are echoed, come as lines, and Ctrl+C is a signal.
    fn is_cooked(&self) -> bool {
        let cooked = LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG;
        tcgetattr(&*self.pty).is_ok_and(|mode| {
            mode.local_flags.contains(cooked)
                && mode.input_flags.contains(InputFlags::ICRNL)
                && mode.output_flags.contains(OutputFlags::OPOST)
        })
    }
}

struct Keys(Arc<Pty>);

impl Write for Keys {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Lines(Terminal);

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&*self.0.pty).read(buffer)?;
        self.0.screen.lock().unwrap().process(&buffer[..count]);
        // A report is to move no cursor.
        for byte in buffer[..count].iter_mut().filter(|byte| byte.is_ascii_control() && **byte != b'\n') {
            *byte = b' ';
        }
        Ok(count)
    }
}

/// A submission that runs on a terminal.
pub struct Seat {
    run: Run,
    terminal: Terminal,
}

impl Deref for Seat {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.run
    }
}

impl Seat {
    pub(crate) fn new(run: Run, terminal: Terminal) -> Self {
        Self { run, terminal }
    }

    /// The rows of the screen down to the last that isn't empty.
    pub fn rows(&self) -> Vec<String> {
        self.terminal.screen().lines().map(|row| row.trim_end().to_owned()).collect()
    }

    /// Waits until the rows are what is wanted, for as long as a command may take.
    pub fn wait_for_rows(&self, mut wanted: impl FnMut(&[String]) -> bool) -> bool {
        patience::within(patience::command(), || wanted(&self.rows()))
    }

    /// Waits until nobody has the terminal open, for as long as a command may take.
    pub fn wait_for_end(&self) -> bool {
        self.run.shared.process.stderr.wait_for_end(patience::command())
    }

    /// How the program has ended.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.run.shared.process.wait(patience::event())
    }

    /// A row of the screen that `wanted` accepts; `description` says which that is.
    pub fn expect_row(&self, description: &str, wanted: impl Fn(&str) -> bool) -> Check {
        let met = patience::eventually(|| self.terminal.screen().lines().any(&wanted));
        let detail = format!("expected this on the screen: {description}\n{}", self.told());
        self.run.check(met, Verdict::WrongOutput, &detail)
    }

    /// The row that the cursor is in is one that `wanted` accepts.
    pub fn expect_cursor_row(&self, description: &str, wanted: impl Fn(&str) -> bool) -> Check {
        let row = || {
            let parser = self.terminal.screen.lock().unwrap();
            let (row, _) = parser.screen().cursor_position();
            let (_, columns) = parser.screen().size();
            parser.screen().rows(0, columns).nth(row.into()).unwrap_or_default()
        };
        let met = patience::eventually(|| wanted(&row()));
        let detail = format!("expected this in the row of the cursor: {description}\n{}", self.told());
        self.run.check(met, Verdict::WrongOutput, &detail)
    }

    /// The terminal is as it was: keys are echoed, come as lines, and Ctrl+C is a signal.
    pub fn expect_cooked(&self) -> Check {
        let detail = "the terminal is in raw mode: who types at the prompt of the shell would see nothing";
        self.run.check(self.terminal.is_cooked(), Verdict::WrongOutput, detail)
    }

    fn told(&self) -> String {
        let screen = self.terminal.screen();
        let rows: Vec<&str> = screen.lines().filter(|row| !row.is_empty()).collect();
        format!("the screen shows:\n  {}", rows.join("\n  "))
    }
}
