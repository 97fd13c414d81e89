//! A program that runs beside the lab. When it is dropped, it ends with all that it has started.

use std::ffi::OsStr;
use std::io::{self, BufReader, Read};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use steps::child::{self, Process};

use crate::interrupt;

/// How often to ask whether the run was interrupted.
const LOOK: Duration = Duration::from_millis(50);

/// How much of what it prints is read at once: as much as a pipe holds, so that reading takes little CPU time from a server.
const SCREEN_BYTES: usize = 64 * 1024;

/// How much of a first line, or of what it complains about, is kept.
const MOST: u64 = 16 * 1024;

pub struct Program {
    process: Process,
    first_line: Receiver<String>,
    complaints: Receiver<String>,
}

impl Program {
    /// Starts a program with its arguments at the root of the course, and with more variables.
    pub fn start<W: AsRef<OsStr>>(
        words: impl IntoIterator<Item = W>,
        variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Result<Self> {
        let mut words = words.into_iter();
        let program = words.next().expect("a command line has a program");
        let mut command = child::limited(program, &[child::DESCRIPTORS]);
        command.args(words).current_dir(steps::root()).envs(variables);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = Process::start(command)?;
        let stdout = process.take_stdout().expect("it has a pipe");
        let stderr = process.take_stderr().expect("it has a pipe");
        let first_line = beginning(stdout, |stdout, bytes| io::BufRead::read_until(stdout, b'\n', bytes));
        let complaints = beginning(stderr, Read::read_to_end);
        Ok(Self { process, first_line, complaints })
    }

    /// Its process group.
    pub fn group(&self) -> u32 {
        self.process.id()
    }

    pub fn has_ended(&self) -> bool {
        self.process.exit_status().is_some()
    }

    /// The first line that it prints, which is empty if it ends without one. None if nothing comes in time, or at an interrupt.
    pub fn first_line(&self, longest: Duration) -> Option<String> {
        let begun = Instant::now();
        while begun.elapsed() < longest && !interrupt::has_come() {
            match self.first_line.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) => {}
                line => return Some(line.unwrap_or_default()),
            }
        }
        None
    }

    /// Ends it. Returns the last line that it complained with.
    pub fn last_words(self) -> String {
        drop(self.process);
        // What it has left behind in another group may hold the pipe.
        let text = self.complaints.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
        text.lines().last().unwrap_or("it printed no error").trim().to_owned()
    }
}

/// Sends what `part` reads. The rest is read and dropped, so that the program never waits for a reader.
fn beginning<R: Read + Send + 'static>(
    stream: R,
    part: fn(&mut io::Take<BufReader<R>>, &mut Vec<u8>) -> io::Result<usize>,
) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stream = BufReader::with_capacity(SCREEN_BYTES, stream).take(MOST);
        let mut bytes = Vec::new();
        let _ = part(&mut stream, &mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        let _ = io::copy(&mut stream.into_inner(), &mut io::sink());
    });
    receiver
}
