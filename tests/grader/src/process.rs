//! A process that is ended whatever happens, with all that it has started.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{LazyLock, Mutex, Once, OnceLock};
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use nix::sys::signal::{Signal, kill, killpg};
#[cfg(unix)]
use nix::unistd::Pid;
#[cfg(windows)]
use process_wrap::std::JobObject;
#[cfg(unix)]
use process_wrap::std::ProcessGroup;
use process_wrap::std::{ChildWrapper, CommandWrap};

use crate::capture::Capture;
use crate::found;
use crate::machine;
use crate::patience;
use crate::resources::{self, Ceiling, Runs};

/// The variable that marks a submission and all its children, wherever they go.
const MARK: &str = "ECHO_GRADER_RUN";

/// How long what has left the group may take to end when it is killed.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// How often what has left a group is looked for. It takes a look at each process of the machine.
const SWEEP: Duration = Duration::from_millis(250);

static RUNNING: Mutex<Runs> = Mutex::new(Runs::new());

/// Those whose group is ended, and who may have left processes elsewhere.
static ENDED: Mutex<Runs> = Mutex::new(Runs::new());

/// Ctrl+C goes to the group of the terminal, and those of the submissions are others: they are ended here. There is a
/// second reason for the handler. A program that is started in the background may have SIGINT ignored, and hands that
/// on to its children; one that handles it doesn't (`execve(2)`).
static END_ALL_WITH_THIS: LazyLock<()> = LazyLock::new(|| {
    at_exit();
    thread::spawn(|| {
        loop {
            thread::sleep(SWEEP);
            sweep();
        }
    });
    let _ = ctrlc::set_handler(|| {
        LAST_ACT.get().inspect(|act| act());
        std::process::exit(130);
    });
});

/// However this process exits, it ends what runs. Of tests that run, nothing is dropped: Rust's test harness exits beside
/// them when it can't print, as behind `| head`.
#[cfg(unix)]
fn at_exit() {
    extern "C" fn end_all_for_good() {
        machine::undisturbed_for_good();
        kill_all();
    }
    #[expect(
        unsafe_code,
        reason = "std has no atexit(3); the function neither unwinds nor needs what main() has dropped"
    )]
    let _ = unsafe { nix::libc::atexit(end_all_for_good) };
}

/// A job object is ended with the process that has made it.
#[cfg(not(unix))]
fn at_exit() {}

static LAST_ACT: OnceLock<fn()> = OnceLock::new();

/// Has `act` done when Ctrl+C ends the grader: to put a terminal back as it was, say. The first call holds.
pub fn before_ctrl_c(act: fn()) {
    let _ = LAST_ACT.set(act);
}

/// Ends all submissions that run, whatever other threads do with them.
pub fn end_all() {
    machine::undisturbed(kill_all);
}

fn kill_all() {
    let running = RUNNING.lock().unwrap().clone();
    running.keys().copied().for_each(kill_group);
    ENDED.lock().unwrap().extend(running);
    patience::within(LAST_BREATH, sweep);
}

/// Ends what has left the groups that are ended, and says whether there was nothing left.
fn sweep() -> bool {
    let mut ended = ENDED.lock().unwrap();
    let left = resources::leftovers(&ended);
    left.keys().copied().for_each(kill_one);
    // A process may have started another one meanwhile: only who has none left is done with.
    ended.retain(|id, _| left.values().any(|run| run == id));
    ended.is_empty()
}

/// Starts a process marked `mark` that is ended with this one.
fn noted(
    mark: &str,
    start: impl FnOnce() -> io::Result<Box<dyn ChildWrapper>>,
) -> io::Result<Box<dyn ChildWrapper>> {
    machine::undisturbed(|| {
        let child = start()?;
        RUNNING.lock().unwrap().insert(child.id(), mark.to_owned());
        Ok(child)
    })
}

/// Who listens to what a process prints.
#[derive(Clone, Copy, Debug, Default)]
pub enum Listener {
    /// Every line is read.
    #[default]
    ToTheEnd,
    /// The pipes are closed after the first line of standard output.
    ForTheFirstLine,
}

/// What a process has as its standard input.
#[derive(Clone, Copy, Debug, Default)]
pub enum Input {
    /// Nothing.
    #[default]
    Nothing,
    /// A pipe, open until it is ended.
    Pipe,
}

/// A running program: a process group (on Windows a job) of its own, its output captured, its memory watched.
pub struct Process {
    child: Mutex<Box<dyn ChildWrapper>>,
    id: u32,
    mark: String,
    ceiling: Ceiling,
    /// What is to be typed; a thread does that, as the program may take its time.
    typed: Mutex<Option<Sender<Vec<u8>>>>,
    ended: Once,
    pub stdout: Capture,
    pub stderr: Capture,
}

impl Process {
    /// Starts `words`, a program and its arguments, in the folder `folder`.
    pub fn start(
        words: &[OsString],
        folder: &Path,
        variables: &[(String, Option<String>)],
        input: Input,
        listener: Listener,
    ) -> io::Result<Self> {
        let (mut command, mark) = command(words, folder, variables);
        command.stdin(match input {
            Input::Nothing => Stdio::null(),
            Input::Pipe => Stdio::piped(),
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(JobObject);
        let mut child = noted(&mark, || command.spawn())?;
        let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
        let (stdout, stderr) = (stdout.expect("it is piped"), stderr.expect("it is piped"));
        let (stdout, stderr) = match listener {
            Listener::ToTheEnd => (Capture::of(stdout), Capture::of(stderr)),
            Listener::ForTheFirstLine => (Capture::of_first_line(stdout), Capture::of_nothing()),
        };
        let typed = child.stdin().take().map(typist);
        Ok(Self::of(child, mark, typed, stdout, stderr))
    }

    /// Starts `words` on a terminal of its own, in a session of its own, which is a process group too.
    #[cfg(all(unix, feature = "terminal"))]
    pub fn start_on(
        terminal: &crate::terminal::Terminal,
        words: &[OsString],
        folder: &Path,
        variables: &[(String, Option<String>)],
    ) -> io::Result<Self> {
        let (command, mark) = command(words, folder, variables);
        let child = noted(&mark, || terminal.spawn(command).map(|child| Box::new(child) as _))?;
        let screen = Capture::of(terminal.lines());
        Ok(Self::of(child, mark, Some(typist(terminal.keys())), Capture::of_nothing(), screen))
    }

    fn of(
        child: Box<dyn ChildWrapper>,
        mark: String,
        typed: Option<Sender<Vec<u8>>>,
        stdout: Capture,
        stderr: Capture,
    ) -> Self {
        let id = child.id();
        let ceiling = resources::watch(id, move || kill_group(id));
        let (child, typed) = (Mutex::new(child), Mutex::new(typed));
        Self { child, id, mark, ceiling, typed, ended: Once::new(), stdout, stderr }
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

    /// The id of the process, and of its group.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// How the process has ended, if it has.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.child.lock().unwrap().try_wait().ok().flatten()
    }

    /// Waits for the process to end.
    pub fn wait(&self, time: Duration) -> Option<ExitStatus> {
        let mut status = None;
        patience::within(time, || {
            status = self.exit_status();
            status.is_some()
        });
        status
    }

    /// Whether the process was ended because it held too much memory.
    pub fn exceeded_memory(&self) -> bool {
        self.ceiling.exceeded()
    }

    /// Sends a signal to the whole group, as a terminal does on Ctrl+C.
    #[cfg(unix)]
    pub fn signal(&self, signal: Signal) {
        let _ = killpg(pid(self.id), signal);
    }

    /// Whether the process has ended, and all that it has started.
    pub fn is_over(&self) -> bool {
        #[cfg(unix)]
        let in_group = killpg(pid(self.id), None).is_ok();
        #[cfg(not(unix))]
        let in_group = self.exit_status().is_none();
        let is_over = !in_group && resources::leftovers(&self.run()).is_empty();
        if is_over {
            self.ended.call_once(|| self.forget());
        }
        is_over
    }

    /// Ends the process and its group; on Linux, a little later, also what has left the group.
    pub fn end(&self) {
        // Once, as another process may be given the same id later.
        self.ended.call_once(|| {
            kill_group(self.id);
            let _ = self.child.lock().unwrap().kill();
            self.forget();
            ENDED.lock().unwrap().extend(self.run());
        });
    }

    fn run(&self) -> Runs {
        Runs::from([(self.id, self.mark.clone())])
    }

    fn forget(&self) {
        RUNNING.lock().unwrap().remove(&self.id);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The program with its arguments, its environment, and the mark of it.
fn command(words: &[OsString], folder: &Path, variables: &[(String, Option<String>)]) -> (Command, String) {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    LazyLock::force(&END_ALL_WITH_THIS);
    let run = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .env_remove("RUST_BACKTRACE")
        // It is the grader's own.
        .env_remove(found::REPORT)
        .env(MARK, &run);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    (command, format!("{MARK}={run}"))
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

#[cfg(unix)]
fn pid(id: u32) -> Pid {
    Pid::from_raw(id.try_into().expect("process ids are positive"))
}

#[cfg(unix)]
fn kill_group(id: u32) {
    let _ = killpg(pid(id), Signal::SIGKILL);
}

#[cfg(unix)]
fn kill_one(id: u32) {
    let _ = kill(pid(id), Signal::SIGKILL);
}

/// The job object ends its members when the child is killed.
#[cfg(not(unix))]
fn kill_group(_id: u32) {}

#[cfg(not(unix))]
fn kill_one(_id: u32) {}
