//! Programs that are run to their end, to a deadline, or as long as they are needed: then they are ended with all that they have
//! started.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use process_wrap::std::{ChildWrapper, CommandWrap};

/// Of what a program prints, this much is kept, in bytes.
const MOST: u64 = 8 * 1024 * 1024;

/// The time in which a program that is told to end may tidy up.
const FAREWELL: Duration = Duration::from_secs(3);

/// The process groups that run. The terminal sends its Ctrl+C to the tool's own group alone, so they are told here.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

static END_ALL_ON_CTRL_C: LazyLock<()> = LazyLock::new(|| {
    let _ = ctrlc::set_handler(|| {
        RUNNING.lock().unwrap().iter().copied().for_each(ask_to_end);
        std::process::exit(130);
    });
});

/// No file may become larger than 256 MiB, in blocks of 512 bytes, so that no mistake fills the disk at one go.
pub const FILES: &str = "ulimit -S -f 524288; ";

/// No process may reserve more than four gibibytes of memory, in kibibytes. macOS knows no such limit.
pub const MEMORY: &str = "ulimit -v 4194304 2>/dev/null; ";

/// As many files and sockets as the system lets a user open.
pub const DESCRIPTORS: &str = "ulimit -S -n $(ulimit -H -n) 2>/dev/null; ";

/// A command for `program` that keeps to these limits, as does what it starts. On Windows there are none.
pub fn limited(program: impl AsRef<OsStr>, limits: &[&str]) -> Command {
    if cfg!(unix) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &(limits.concat() + "exec \"$0\" \"$@\"")]).arg(program);
        shell
    } else {
        Command::new(program)
    }
}

/// What a program has come to.
pub struct Finished {
    /// None if it was ended at the deadline.
    pub status: Option<ExitStatus>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `command`, with no input, until it ends or `deadline` is reached.
///
/// # Errors
/// It can't be started.
pub fn run(command: Command, deadline: Instant) -> Result<Finished> {
    let mut program = Running::start(command)?;
    let (stdout, stderr) = (program.child.stdout().take(), program.child.stderr().take());
    thread::scope(|scope| {
        let stdout = scope.spawn(|| read_all(stdout));
        let stderr = scope.spawn(|| read_all(stderr));
        let status = wait(program.child.as_mut(), deadline);
        RUNNING.lock().unwrap().remove(&program.id());
        let (stdout, stderr) = (stdout.join().expect("no panic"), stderr.join().expect("no panic"));
        Ok(Finished { status: status?, stdout, stderr })
    })
}

/// A program that runs, in a process group of its own. The group is ended when this is dropped.
pub struct Running {
    pub child: Box<dyn ChildWrapper>,
}

impl Running {
    /// Starts `command`, with no input, and pipes for its output.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(mut command: Command) -> Result<Self> {
        LazyLock::force(&END_ALL_ON_CTRL_C);
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        let mut running = RUNNING.lock().unwrap();
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        running.insert(child.id());
        Ok(Self { child })
    }

    /// Of the process, and of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it fails if they have all ended
        RUNNING.lock().unwrap().remove(&self.id());
    }
}

fn wait(child: &mut dyn ChildWrapper, deadline: Instant) -> Result<Option<ExitStatus>> {
    if let Some(status) = wait_until(child, deadline)? {
        return Ok(Some(status));
    }
    ask_to_end(child.id());
    wait_until(child, Instant::now() + FAREWELL)?;
    let _ = child.kill(); // it fails if they have all ended
    Ok(None)
}

fn wait_until(child: &mut dyn ChildWrapper, deadline: Instant) -> Result<Option<ExitStatus>> {
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() > deadline {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Criteria end their submission before they end.
#[cfg(unix)]
fn ask_to_end(group: u32) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    let _ = killpg(Pid::from_raw(group.cast_signed()), Signal::SIGTERM);
}

/// A job object is ended with the process that has made it.
#[cfg(not(unix))]
fn ask_to_end(_group: u32) {}

/// Reads all, so that the program never waits, and keeps the beginning.
fn read_all(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = stream.by_ref().take(MOST).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_ends_is_waited_for() {
        let finished = run(shell("echo out; echo err >&2; exit 3"), Instant::now() + FAREWELL * 20).unwrap();
        assert_eq!(finished.status.and_then(|status| status.code()), Some(3));
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    fn no_file_grows_beyond_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = limited("sh", &[FILES]);
        let script = "dd if=/dev/zero of=large bs=1048576 seek=255 count=2";
        command.args(["-c", script]).current_dir(&folder);
        run(command, Instant::now() + FAREWELL * 20).unwrap();
        assert_eq!(folder.path().join("large").metadata().unwrap().len(), 256 << 20);
    }

    /// The pipes are closed when all that hold them have ended.
    #[test]
    fn at_the_deadline_it_is_ended_with_all_that_it_has_started() {
        let start = Instant::now();
        let finished =
            run(shell("sleep 600 & trap '' TERM; sleep 600; sleep 600"), start + FAREWELL / 3).unwrap();
        assert!(finished.status.is_none());
        assert!(start.elapsed() < Duration::from_secs(300), "it was waited for");
    }

    #[test]
    fn of_a_flood_the_beginning_is_kept() {
        let script = format!("head -c {} /dev/zero; echo end >&2", MOST + 1_000_000);
        let finished = run(shell(&script), Instant::now() + FAREWELL * 20).unwrap();
        assert_eq!((finished.stdout.len() as u64, finished.stderr.as_str()), (MOST, "end\n"));
    }
}
