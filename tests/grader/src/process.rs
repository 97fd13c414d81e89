//! A process that is ended whatever happens, with all that it has started.

use std::collections::BTreeMap;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, Once, OnceLock};
use std::time::{Duration, Instant};
use std::{env, io, thread};

#[cfg(unix)]
use nix::sys::signal::{Signal, kill, killpg};
#[cfg(unix)]
use nix::unistd::Pid;
#[cfg(windows)]
use process_wrap::std::JobObject;
#[cfg(unix)]
use process_wrap::std::ProcessGroup;
use process_wrap::std::{ChildWrapper, CommandWrap};

use crate::capture::{Bounds, Capture};
use crate::machine;
use crate::patience;
use crate::resources::{self, Runs};

/// The variable that marks a process and all its children, wherever they go. One that such a child marks has both marks.
const MARK: &str = "ECHO_GRADER_RUN";

/// How long what has left the group may take to end when it is killed.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// How long a process may take to end what it has started when it is asked to.
const FAREWELL: Duration = Duration::from_secs(3);

/// How often what has left a group is looked for. It takes a look at each process of the machine.
const SWEEP: Duration = Duration::from_millis(250);

static RUNNING: Mutex<BTreeMap<u32, Running>> = Mutex::new(BTreeMap::new());

#[derive(Clone)]
struct Running {
    mark: String,
    is_asked: bool,
}

/// Those whose group is ended, and who may have left processes elsewhere.
static ENDED: Mutex<Runs> = Mutex::new(Runs::new());

/// Ctrl+C goes to the group of the terminal, and those of what it runs are others: they are ended here. There is a
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

/// Ends all that runs, whatever other threads do with it.
pub fn end_all() {
    machine::undisturbed(kill_all);
}

fn kill_all() {
    let running = RUNNING.lock().unwrap().clone();
    let asked = || running.iter().filter(|(_, process)| process.is_asked).map(|(&id, _)| id);
    asked().for_each(ask_group);
    patience::within(FAREWELL, || !asked().any(|id| RUNNING.lock().unwrap().contains_key(&id)));
    running.keys().copied().for_each(kill_group);
    ENDED.lock().unwrap().extend(running.into_iter().map(|(id, process)| (id, process.mark)));
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

/// A running program in a process group (on Windows a job) of its own.
pub struct Process {
    child: Mutex<Box<dyn ChildWrapper>>,
    id: u32,
    mark: String,
    ended: Once,
}

impl Process {
    /// Starts `command`.
    ///
    /// # Errors
    /// The program can't be started, and which.
    pub fn start(command: Command) -> io::Result<Self> {
        Self::spawn(command, false)
    }

    /// Starts `command`, which ends by itself what it has started when it is asked to.
    fn start_asked(command: Command) -> io::Result<Self> {
        Self::spawn(command, true)
    }

    fn spawn(command: Command, is_asked: bool) -> io::Result<Self> {
        let program = command.get_program().display().to_string();
        let started = Self::start_by(command, is_asked, |command| {
            let mut command = CommandWrap::from(command);
            #[cfg(unix)]
            command.wrap(ProcessGroup::leader());
            #[cfg(windows)]
            command.wrap(JobObject);
            command.spawn()
        });
        started.map_err(|error| io::Error::new(error.kind(), format!("cannot start {program}: {error}")))
    }

    /// Starts `command` by `spawn`, which makes it the leader of a group.
    pub(crate) fn start_by(
        mut command: Command,
        is_asked: bool,
        spawn: impl FnOnce(Command) -> io::Result<Box<dyn ChildWrapper>>,
    ) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        LazyLock::force(&END_ALL_WITH_THIS);
        let (outer, own) = (env::var(MARK).unwrap_or_default(), std::process::id());
        let run = format!("{outer}{own}-{}/", COUNT.fetch_add(1, Ordering::Relaxed));
        command.env(MARK, &run);
        let mark = format!("{MARK}={run}");
        machine::undisturbed(|| {
            let child = spawn(command)?;
            let id = child.id();
            RUNNING.lock().unwrap().insert(id, Running { mark: mark.clone(), is_asked });
            Ok(Self { child: Mutex::new(child), id, mark, ended: Once::new() })
        })
    }

    /// The pipe that is its standard input, once, if it has one.
    pub fn take_stdin(&self) -> Option<ChildStdin> {
        self.child.lock().unwrap().stdin().take()
    }

    /// The pipe that is its standard output, once, if it has one.
    pub fn take_stdout(&self) -> Option<ChildStdout> {
        self.child.lock().unwrap().stdout().take()
    }

    /// The pipe that is its standard error, once, if it has one.
    pub fn take_stderr(&self) -> Option<ChildStderr> {
        self.child.lock().unwrap().stderr().take()
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

    /// Sends a signal to the whole group, as a terminal does on Ctrl+C.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: Signal) {
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

/// What a program has come to.
pub struct Finished {
    /// None if it was ended at the deadline.
    pub status: Option<ExitStatus>,
    /// What it printed on standard output; of a flood the beginning and the end.
    pub stdout: String,
    /// The same of standard error.
    pub stderr: String,
}

/// Runs `command`, with no input, until it ends or `deadline` is reached. Then all that it has started is ended too.
///
/// # Errors
/// It can't be started.
pub fn run(mut command: Command, deadline: Instant) -> io::Result<Finished> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = Process::start_asked(command)?;
    let stdout = Capture::of(process.take_stdout().expect("it is piped"), Bounds::PROGRAM);
    let stderr = Capture::of(process.take_stderr().expect("it is piped"), Bounds::PROGRAM);
    let status = process.wait(deadline.saturating_duration_since(Instant::now()));
    if status.is_none() {
        ask_group(process.id);
        process.wait(FAREWELL);
    }
    process.end();
    let text = |capture: Capture| {
        capture.wait_for_end(FAREWELL);
        capture.lines().iter().flat_map(|line| [line, "\n"]).collect()
    };
    Ok(Finished { status, stdout: text(stdout), stderr: text(stderr) })
}

#[cfg(unix)]
fn pid(id: u32) -> Pid {
    Pid::from_raw(id.try_into().expect("process ids are positive"))
}

#[cfg(unix)]
fn ask_group(id: u32) {
    let _ = killpg(pid(id), Signal::SIGTERM);
}

#[cfg(unix)]
pub(crate) fn kill_group(id: u32) {
    let _ = killpg(pid(id), Signal::SIGKILL);
}

#[cfg(unix)]
fn kill_one(id: u32) {
    let _ = kill(pid(id), Signal::SIGKILL);
}

/// There is nothing to ask with.
#[cfg(not(unix))]
fn ask_group(_id: u32) {}

/// The job object ends its members when the child is killed.
#[cfg(not(unix))]
pub(crate) fn kill_group(_id: u32) {}

#[cfg(not(unix))]
fn kill_one(_id: u32) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_ends_is_waited_for() {
        let finished = run(shell("echo out; echo err >&2; exit 3"), Instant::now() + LONG).unwrap();
        assert_eq!(finished.status.and_then(|status| status.code()), Some(3));
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    fn a_program_that_cannot_be_started_is_named() {
        let error = run(Command::new("no-such-program"), Instant::now()).err().expect("there is none");
        assert!(error.to_string().starts_with("cannot start no-such-program: "), "{error}");
    }

    #[test]
    fn at_the_deadline_a_program_ends_with_all_that_it_has_started() {
        let start = Instant::now();
        let script = "sleep 600 & echo $!; trap '' TERM; sleep 600; sleep 600";
        let finished = run(shell(script), start + Duration::from_secs(1)).unwrap();
        assert!(finished.status.is_none());
        assert!(start.elapsed() < Duration::from_secs(300), "it was waited for");
        let child = Pid::from_raw(finished.stdout.trim().parse().unwrap());
        assert!(patience::eventually(|| kill(child, None).is_err()), "{child} still runs");
    }

    #[test]
    fn what_a_program_leaves_behind_is_ended() {
        let start = Instant::now();
        let finished = run(shell("sleep 600 & echo $!"), start + LONG).unwrap();
        assert!(finished.status.is_some_and(|status| status.success()));
        let child = Pid::from_raw(finished.stdout.trim().parse().unwrap());
        assert!(patience::eventually(|| kill(child, None).is_err()), "{child} still runs");
    }

    #[test]
    fn a_flood_is_bounded() {
        let finished = run(shell("head -c 50000000 /dev/zero; echo end >&2"), Instant::now() + LONG).unwrap();
        assert!(finished.stdout.len() <= Bounds::PROGRAM.line + 1, "{}", finished.stdout.len());
        assert_eq!(finished.stderr, "end\n");
    }
}
