//! A submission that runs, and one that listens.

use std::net::SocketAddr;
use std::ops::Deref;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::capture::Capture;
use crate::check::Check;
use crate::client::Client;
use crate::conversation::Conversation;
use crate::datagrams::Datagrams;
use crate::patience;
use crate::program::Program;
use crate::report::{Detail, Failure, Verdict};

/// How long the end of a connection may be ahead of the end of its process.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// A submission that runs. It is ended, with all that it has started, when this is dropped.
pub struct Run {
    pub(crate) shared: Arc<Shared>,
}

/// A running server: a [`Run`] that listens.
pub struct Server {
    run: Run,
    address: SocketAddr,
}

impl Deref for Server {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.run
    }
}

/// What server and clients need to report a failure.
pub struct Shared {
    step: &'static str,
    pub process: Program,
    pub conversation: Conversation,
    /// When the criterion has taken too long.
    pub deadline: Instant,
}

impl Server {
    pub(crate) fn new(shared: Shared, address: SocketAddr) -> Self {
        Self { run: Run::new(shared), address }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects a client over TCP; `name` stands above its lifeline when the conversation is drawn.
    pub fn connect(&self, name: &str) -> Client {
        self.try_connect(name).or_hint("listen on the port that the first line names")
    }

    /// Like [`Server::connect`], for a caller that goes on if nobody listens.
    pub fn try_connect(&self, name: &str) -> Check<Client> {
        Client::connect(&self.run.shared, self.address, name)
    }

    /// Opens a socket for datagrams on a port that the system chooses.
    pub fn datagrams(&self, name: &str) -> Datagrams {
        let any_port = SocketAddr::new(self.address.ip(), 0);
        Datagrams::bind(&self.run.shared, self.address, any_port, name).expect("there is a free port")
    }

    /// Opens a socket for datagrams on `port`.
    ///
    /// # Errors
    /// The port is taken, or not for an ordinary user.
    pub fn datagrams_from(&self, port: u16, name: &str) -> std::io::Result<Datagrams> {
        let own = SocketAddr::new(self.address.ip(), port);
        Datagrams::bind(&self.run.shared, self.address, own, name)
    }
}

impl Run {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    /// Types, or sends through the pipe that is its standard input.
    pub fn type_in(&self, bytes: impl AsRef<[u8]>) {
        self.shared.process.type_in(bytes.as_ref());
    }

    /// Ends its standard input: no more will be typed.
    pub fn end_input(&self) {
        self.shared.process.end_input();
    }

    /// What it prints on standard output.
    pub fn stdout(&self) -> Stream<'_> {
        Stream {
            shared: &self.shared,
            capture: &self.shared.process.stdout,
            name: "standard output",
            time: patience::event(),
        }
    }

    /// What it prints on standard error.
    pub fn stderr(&self) -> Stream<'_> {
        Stream {
            shared: &self.shared,
            capture: &self.shared.process.stderr,
            name: "standard error",
            time: patience::event(),
        }
    }

    /// Ctrl+C: SIGINT to the whole process group, as from a terminal.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        self.shared.process.signal(nix::sys::signal::Signal::SIGINT);
    }

    /// SIGTERM to the whole process group, as from a service manager.
    #[cfg(unix)]
    pub fn terminate(&self) {
        self.shared.process.signal(nix::sys::signal::Signal::SIGTERM);
    }

    /// Ctrl+Z and fg: stops it for a moment, and lets it go on.
    #[cfg(unix)]
    pub fn pause(&self) {
        self.while_stopped(|| std::thread::sleep(Duration::from_millis(100)));
    }

    /// Stops it while `work` is done, so that it finds all that has happened at once.
    #[cfg(unix)]
    pub fn while_stopped<T>(&self, work: impl FnOnce() -> T) -> T {
        self.shared.process.signal(nix::sys::signal::Signal::SIGSTOP);
        // On a busy machine that takes its time.
        #[cfg(target_os = "linux")]
        patience::eventually(|| self.is_stopped());
        let result = work();
        self.shared.process.signal(nix::sys::signal::Signal::SIGCONT);
        result
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.shared.process.exit_status().is_some()
    }

    /// It ends, with whatever exit code, and nothing that it has started goes on.
    pub fn expect_end(&self) -> Check {
        self.ends(|_| None)
    }

    /// It ends with exit code `code`, and nothing that it has started goes on.
    pub fn expect_exit(&self, code: i32) -> Check {
        self.ends(|status| (status.code() != Some(code)).then(|| wrong_exit(code, status)))
    }

    fn ends(&self, mistake: impl Fn(ExitStatus) -> Option<Detail>) -> Check {
        let process = &self.shared.process;
        let Some(status) = process.wait(patience::event()) else {
            let detail =
                format!("expected it to end, and it still runs after {}", patience::told(patience::event()));
            return self.fail(Verdict::Late, detail);
        };
        if let Some(mistake) = mistake(status) {
            return self.fail(Verdict::Exited, mistake);
        }
        if !patience::eventually(|| process.is_over()) {
            return self
                .fail(Verdict::LeftAProcess, "it ended, and a process that it had started still runs");
        }
        // All that was printed is now to be had.
        process.stdout.wait_for_end(patience::event());
        process.stderr.wait_for_end(patience::event());
        Check::met(())
    }

    /// `met` is true. `verdict` and `detail` say what it means if not.
    pub fn check(&self, met: bool, verdict: Verdict, detail: &str) -> Check {
        self.check_detail(met, verdict, detail.into())
    }

    /// Like [`Run::check`], with more than words.
    pub fn check_detail(&self, met: bool, verdict: Verdict, detail: Detail) -> Check {
        if met { Check::met(()) } else { self.fail(verdict, detail) }
    }

    /// There is no such thing as `unwanted`. `verdict` and `detail` say what it means if there is one.
    pub fn expect_none(&self, unwanted: Option<impl AsRef<str>>, verdict: Verdict, detail: &str) -> Check {
        match unwanted {
            None => Check::met(()),
            Some(unwanted) => self.fail(verdict, format!("{detail}: {:?}", unwanted.as_ref())),
        }
    }

    fn fail(&self, verdict: Verdict, detail: impl Into<Detail>) -> Check {
        Check::failed(self.shared.failure(verdict, detail))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.shared.process.end();
    }
}

impl Shared {
    pub fn new(step: &'static str, process: Program, role: &'static str, time: Duration) -> Self {
        Self { step, process, conversation: Conversation::with(role), deadline: Instant::now() + time }
    }

    /// A failure of this submission, with all that a report needs.
    pub fn failure(&self, verdict: Verdict, detail: impl Into<Detail>) -> Failure {
        let (verdict, reason) = self.deeper_reason(verdict);
        let mut failure = Failure::new(self.step, verdict, detail);
        failure.detail.notes.extend(reason);
        failure.conversation = self.conversation.end();
        failure.quoting(&self.process.stdout.lines(), &self.process.stderr.lines())
    }

    /// If the process has died, that is what went wrong; and a stub says what is still to be written.
    fn deeper_reason(&self, verdict: Verdict) -> (Verdict, Option<String>) {
        let Program { stderr, .. } = &self.process;
        let status = self.process.wait(LAST_BREATH);
        if status.is_some() {
            stderr.wait_for_end(LAST_BREATH);
        }
        let todo = stderr.lines().into_iter().find(|line| line.contains("not yet implemented: TODO"));
        match (status, todo) {
            _ if self.process.exceeded_memory() => {
                (Verdict::OutOfBounds, Some("it held more than 2 GiB of memory and was ended".into()))
            }
            (Some(status), todo) => {
                let why = todo.as_deref().unwrap_or("see what it printed");
                (Verdict::Exited, Some(format!("the process has ended ({status}): {why}")))
            }
            (None, todo) => (verdict, todo),
        }
    }
}

/// One of the two streams that a submission prints on.
pub struct Stream<'a> {
    shared: &'a Shared,
    capture: &'a Capture,
    name: &'static str,
    time: Duration,
}

impl Stream<'_> {
    /// Waits four times as long for what comes next: it is known to take a while.
    pub fn patiently(mut self) -> Self {
        self.time = patience::event() * 4;
        self
    }

    /// Waits for a line that is `line`, anywhere in the stream. Returns its number, counted from 0.
    pub fn expect_line(&self, line: &str) -> Check<usize> {
        self.expect_after(0, &format!("{line:?}"), |printed| printed == line)
    }

    /// Waits for a line from number `from` on that `wanted` accepts; `description` says which that is.
    pub fn expect_after(
        &self,
        from: usize,
        description: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Check<usize> {
        match self.capture.wait_for(from, self.time, wanted) {
            Some((number, _)) => Check::met(number),
            None => {
                let detail = Detail::expected(format!("on {}: {description}", self.name));
                Check::failed(self.shared.failure(Verdict::WrongOutput, detail))
            }
        }
    }

    /// Waits for these lines, one right after the other, from the first line that is the first of them.
    pub fn expect_lines(&self, lines: &[String]) -> Check {
        let printed = self.capture.wait_for_lines(lines.len(), lines.first(), self.time);
        if printed == lines {
            return Check::met(());
        }
        let wrong = printed.iter().zip(lines).take_while(|(a, b)| a == b).count();
        let detail = Detail::expected(format!("{:?}", lines[wrong]));
        let detail = match printed.get(wrong) {
            Some(line) => detail.received(format!("{line:?}")),
            None => detail.nothing(),
        };
        let detail = detail.note(format!("on {}, after {wrong} right lines", self.name));
        Check::failed(self.shared.failure(Verdict::WrongOutput, detail))
    }

    /// The last line that has come so far, or nothing.
    pub fn last_line(&self) -> String {
        self.lines().pop().unwrap_or_default()
    }

    /// All lines that have come so far; of a flood only the first and the last.
    pub fn lines(&self) -> Vec<String> {
        self.capture.lines()
    }
}

/// How a process ended that was to end with exit code `code`.
pub fn wrong_exit(code: i32, status: ExitStatus) -> Detail {
    Detail::expected(format!("exit code {code}")).received(status.to_string())
}
