//! The process of a submission: its output captured, its keys typed, its memory watched.

use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};
use std::thread;

use crate::capture::{Bounds, Capture};
use crate::found;
use crate::machine;
use crate::process::{Process, kill_group};
use crate::resources::{self, Ceiling};

/// Who listens to what a program prints.
#[derive(Clone, Copy, Debug, Default)]
pub enum Listener {
    /// Every line is read.
    #[default]
    ToTheEnd,
    /// The pipes are closed after the first line of standard output.
    ForTheFirstLine,
}

/// What a program has as its standard input.
#[derive(Clone, Copy, Debug, Default)]
pub enum Input {
    /// Nothing.
    #[default]
    Nothing,
    /// A pipe, open until it is ended.
    Pipe,
}

/// A running submission.
pub struct Program {
    process: Process,
    ceiling: Ceiling,
    /// What is to be typed; a thread does that, as the program may take its time.
    typed: Mutex<Option<Sender<Vec<u8>>>>,
    pub stdout: Capture,
    pub stderr: Capture,
}

impl Deref for Program {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl Program {
    /// Starts `words`, a program and its arguments, in the folder `folder`.
    pub fn start(
        words: &[OsString],
        folder: &Path,
        variables: &[(String, Option<String>)],
        input: Input,
        listener: Listener,
    ) -> io::Result<Self> {
        let mut command = command(words, folder, variables);
        command.stdin(match input {
            Input::Nothing => Stdio::null(),
            Input::Pipe => Stdio::piped(),
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = Process::start(command)?;
        let (stdout, stderr) = (process.take_stdout(), process.take_stderr());
        let (stdout, stderr) = (stdout.expect("it is piped"), stderr.expect("it is piped"));
        let (stdout, stderr) = match listener {
            Listener::ToTheEnd => {
                (Capture::of(stdout, Bounds::SUBMISSION), Capture::of(stderr, Bounds::SUBMISSION))
            }
            Listener::ForTheFirstLine => (Capture::of_first_line(stdout), Capture::of_nothing()),
        };
        let typed = process.take_stdin().map(typist);
        Ok(Self::of(process, typed, stdout, stderr))
    }

    /// Starts `words` on a terminal of its own, in a session of its own, which is a process group too.
    #[cfg(all(unix, feature = "terminal"))]
    pub fn start_on(
        terminal: &crate::terminal::Terminal,
        words: &[OsString],
        folder: &Path,
        variables: &[(String, Option<String>)],
    ) -> io::Result<Self> {
        let spawn = |command| terminal.spawn(command).map(|child| Box::new(child) as _);
        let process = Process::start_by(command(words, folder, variables), false, spawn)?;
        let screen = Capture::of(terminal.lines(), Bounds::SUBMISSION);
        Ok(Self::of(process, Some(typist(terminal.keys())), Capture::of_nothing(), screen))
    }

    fn of(process: Process, typed: Option<Sender<Vec<u8>>>, stdout: Capture, stderr: Capture) -> Self {
        let id = process.id();
        let ceiling = resources::watch(id, move || kill_group(id));
        Self { process, ceiling, typed: Mutex::new(typed), stdout, stderr }
    }

    /// Types `bytes`.
    pub fn type_in(&self, bytes: &[u8]) {
        let typed = self.typed.lock().unwrap();
        // It fails when the program has ended: then what is expected next will not come.
        let _ = typed.as_ref().expect("it has an input").send(bytes.to_vec());
    }

    /// Closes the pipe when all is typed.
    pub fn end_input(&self) {
        self.typed.lock().unwrap().take();
    }

    /// Whether the program was ended because it held too much memory.
    pub fn exceeded_memory(&self) -> bool {
        self.ceiling.exceeded()
    }
}

/// The program with its arguments and its environment.
fn command(words: &[OsString], folder: &Path, variables: &[(String, Option<String>)]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir(folder);
    // The last is the grader's own.
    for name in ["RUST_LOG", "RUST_BACKTRACE", found::REPORT] {
        command.env_remove(name);
    }
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// A thread that writes into `pipe` what it is sent, and closes it when no more can come.
fn typist(mut pipe: impl Write + Send + 'static) -> Sender<Vec<u8>> {
    let (typed, to_type) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        while let Ok(bytes) = to_type.recv() {
            if pipe.write_all(&bytes).is_err() {
                break;
            }
        }
        machine::undisturbed(|| drop(pipe));
    });
    typed
}
