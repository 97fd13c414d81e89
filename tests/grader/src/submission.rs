//! What is graded: an exercise, a solution, or any command line.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::check::Check;
use crate::found;
use crate::machine::raise_descriptor_limit;
use crate::patience;
use crate::program::{Input, Listener, Program};
use crate::report::{Detail, Failure, Verdict};
use crate::server::{Run, Server, Shared, wrong_exit};

/// The first words of every server's first line.
const FIRST_WORDS: &str = "Server listening on ";

/// What is said when a submission doesn't get as far as its first line.
const START_HINT: &str = "bind the address, then print the first line exactly as the task says, with the port that was \
                          really bound, and flush it";

/// A program to be graded, with the arguments and environment that a criterion gives it.
#[derive(Clone)]
pub struct Submission {
    step: &'static str,
    program: Vec<OsString>,
    folder: PathBuf,
    address: Vec<String>,
    options: Vec<String>,
    variables: Vec<(String, Option<String>)>,
    input: Input,
    listener: Listener,
    time: Duration,
}

impl Submission {
    /// See [`crate::step!`].
    #[doc(hidden)]
    pub fn of_step(step: &'static str, binary: Option<&str>) -> Self {
        patience::begin_test();
        let program = match env::var("SUBMISSION") {
            Ok(line) => command_line(&line).unwrap_or_else(|reason| {
                found::obstacle("not a program", &format!("SUBMISSION={line:?} can't be graded: {reason}"));
                // Not eprintln!: that is captured while a test runs, and lost when it exits.
                let _ = writeln!(io::stderr(), "Error: SUBMISSION={line:?} can't be graded: {reason}");
                exit(2);
            }),
            Err(_) => vec![binary.expect("cargo builds the binary beside its tests").into()],
        };
        found::step(step);
        Self::of_program(step, program)
    }

    /// Any program: a command line as in the environment variable `SUBMISSION`.
    ///
    /// # Errors
    /// There is no such program, and why.
    pub fn of_command_line(step: &'static str, line: &str) -> Result<Self, String> {
        Ok(Self::of_program(step, command_line(line)?))
    }

    /// A program and its first arguments.
    pub fn of_program(step: &'static str, program: Vec<OsString>) -> Self {
        found::begin();
        raise_descriptor_limit();
        Self {
            step,
            program,
            folder: course_folder(),
            address: vec!["0".into()],
            options: Vec::new(),
            variables: Vec::new(),
            input: Input::default(),
            listener: Listener::default(),
            time: patience::server(),
        }
    }

    /// For a client: the host and port of its server.
    pub fn to(self, server: SocketAddr) -> Self {
        self.address([server.ip().to_string().as_str(), server.port().to_string().as_str()])
    }

    /// Starts on these words instead of the port `0`: nothing, a port, or a host and a port.
    pub fn address<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.address = words.into_iter().map(str::to_owned).collect();
        self
    }

    /// Adds options after the address.
    pub fn options<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.extend(words.into_iter().map(str::to_owned));
        self
    }

    /// Sets an environment variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// Takes an environment variable away, also one that the grader was started with.
    pub fn without_variable(mut self, name: &str) -> Self {
        self.variables.push((name.to_owned(), None));
        self
    }

    /// Starts in `folder` instead of that of the course.
    pub fn folder(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// Has a pipe as its standard input, in which [`Run::type_in`] types.
    pub fn piped(mut self) -> Self {
        self.input = Input::Pipe;
        self
    }

    /// Closes the pipes behind the submission's output once its first line has come.
    pub fn unheard(mut self) -> Self {
        self.listener = Listener::ForTheFirstLine;
        self
    }

    /// May run as long as somebody talks about it.
    pub fn unhurried(mut self) -> Self {
        self.time = Duration::from_secs(24 * 60 * 60);
        self
    }

    /// Starts it under a limit of the shell, such as `-n 64`: no more than 64 open files. What the grader's own parent may
    /// have left open is closed before.
    #[cfg(unix)]
    pub fn ulimit(self, limit: &str) -> Self {
        let close = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
        self.within(&format!("{close}; ulimit {limit} && exec \"$@\""))
    }

    /// Starts it on a screen that shows the first line and then takes nothing more, as a terminal does after Ctrl+S.
    #[cfg(unix)]
    pub fn on_a_stopped_screen(self) -> Self {
        self.within("\"$@\" 2>&1 | { read -r line; echo \"$line\"; sleep 600; }")
    }

    /// Starts it on `port` with both output streams closed. As it can't say when it listens, the shell says so before.
    #[cfg(unix)]
    pub fn without_output(self, port: u16) -> Self {
        let line = format!("echo '{FIRST_WORDS}localhost:{port}...'");
        self.address([port.to_string().as_str()]).within(&format!("{line}; exec \"$@\" >&- 2>&-"))
    }

    /// Starts it by a script of the shell, in which it is `"$@"`.
    #[cfg(unix)]
    fn within(mut self, script: &str) -> Self {
        let mut words: Vec<OsString> = ["sh", "-c", script, "sh"].map(OsString::from).into();
        words.append(&mut self.program);
        self.program = words;
        self
    }

    /// Starts a server and waits for its first line. The criterion ends here if that doesn't come.
    pub fn start(self) -> Server {
        self.try_start().or_hint(START_HINT)
    }

    /// Like [`Submission::start`], for a caller that goes on if the line doesn't come.
    pub fn try_start(self) -> Check<Server> {
        patience::off_the_clock(|| self.listening()).into()
    }

    fn listening(self) -> Result<Server, Box<Failure>> {
        /// No start of this submission has succeeded yet, and one has timed out: it won't listen the next time either,
        /// and need not be waited for as long.
        static HOPELESS: AtomicBool = AtomicBool::new(false);
        static LISTENED: AtomicBool = AtomicBool::new(false);

        let process = self.spawn().into_result()?;
        // A grader that runs each criterion in a process of its own says so.
        let told = || env::var_os("GRADER_HOPELESS").is_some();
        let hopeless = (HOPELESS.load(Ordering::Relaxed) || told()) && !LISTENED.load(Ordering::Relaxed);
        let time = if hopeless { patience::start() / 10 } else { patience::start() };
        // Nearly the right line will do, even behind another one: that is for a test of its own to find out, and the
        // others go on.
        let names_port = |line: &str| port_of(line).is_some();
        let first_line = process.stdout.wait_for(0, time, |_| true).map(|(_, first)| {
            process.stdout.wait_for(0, patience::event(), names_port).map_or(first, |(_, line)| line)
        });
        if let (Listener::ForTheFirstLine, Some(_)) = (self.listener, &first_line) {
            process.stdout.wait_for_end(time); // the pipe is closed then
        }
        if first_line.is_none() {
            HOPELESS.store(true, Ordering::Relaxed);
        } else {
            LISTENED.store(true, Ordering::Relaxed);
        }
        let shared = self.shared(process, "server");
        let port = self.check_first_line(&shared, first_line, time).into_result()?;
        let ip = if self.host() == "::1" { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
        Ok(Server::new(shared, SocketAddr::new(ip, port)))
    }

    /// Starts a client.
    pub fn start_client(self) -> Run {
        self.try_start_client().or_hint("the program can't be started")
    }

    /// Like [`Submission::start_client`], for a caller that goes on if it can't be started.
    pub fn try_start_client(self) -> Check<Run> {
        self.spawn().into_result().map(|process| Run::new(self.shared(process, "client"))).into()
    }

    /// Starts a client on a terminal of its own.
    #[cfg(all(unix, feature = "terminal"))]
    pub fn start_on_a_terminal(self) -> crate::Seat {
        self.start_on_a_terminal_of(crate::terminal::USUAL_SIZE)
    }

    /// The same with so many rows and columns.
    #[cfg(all(unix, feature = "terminal"))]
    pub fn start_on_a_terminal_of(self, size: (u16, u16)) -> crate::Seat {
        let terminal = crate::terminal::Terminal::new(size);
        let words = self.command_line();
        let process = Program::start_on(&terminal, &words, &self.folder, &self.variables);
        let process = self.started(process).or_hint("the program can't be started");
        crate::Seat::new(Run::new(self.shared(process, "client")), terminal)
    }

    /// Runs a command that is to end by itself, such as `--help` or one with a wrong argument.
    pub fn run(self) -> Check<Finished> {
        let process = match self.spawn().into_result() {
            Ok(process) => process,
            Err(failure) => return Check::failed(*failure),
        };
        let listens = || process.stdout.lines().iter().any(|line| line.starts_with(FIRST_WORDS));
        patience::off_the_clock(|| {
            patience::within(patience::command(), || process.exit_status().is_some() || listens())
        });
        let Some(status) = process.exit_status() else {
            let does = if listens() { "listens" } else { "is still running" };
            let words = self.words().join(" ");
            let detail = format!("with the arguments \"{words}\" it was to end, and it {does}");
            let shared = self.shared(process, "server");
            return Check::failed(shared.failure(Verdict::Late, detail));
        };
        process.stdout.wait_for_end(patience::event());
        process.stderr.wait_for_end(patience::event());
        let (stdout, stderr) = (process.stdout.lines(), process.stderr.lines());
        Check::met(Finished { words: self.words().join(" "), step: self.step, status, stdout, stderr })
    }

    fn shared(&self, process: Program, role: &'static str) -> Shared {
        Shared::new(self.step, process, role, self.time)
    }

    fn words(&self) -> Vec<String> {
        [&self.address[..], &self.options[..]].concat()
    }

    fn host(&self) -> &str {
        if self.address.len() == 2 { &self.address[0] } else { "localhost" }
    }

    fn command_line(&self) -> Vec<OsString> {
        let words = self.words().into_iter().map(Into::into);
        self.program.iter().cloned().chain(words).collect()
    }

    fn spawn(&self) -> Check<Program> {
        let words = self.command_line();
        self.started(Program::start(&words, &self.folder, &self.variables, self.input, self.listener))
    }

    fn started(&self, process: io::Result<Program>) -> Check<Program> {
        match process {
            Ok(process) => Check::met(process),
            Err(error) => Check::failed(Failure::new(self.step, Verdict::DidNotBuild, error.to_string())),
        }
    }

    /// Takes the port from the line that names it.
    fn check_first_line(&self, shared: &Shared, line: Option<String>, time: Duration) -> Check<u16> {
        let host = if self.host() == "::1" { "[::1]" } else { self.host() };
        let Some(line) = line else {
            let why = if shared.process.stdout.has_ended() {
                "standard output was closed".to_owned()
            } else {
                format!("{} have passed", patience::told(time))
            };
            let detail = Detail::expected(format!("\"{FIRST_WORDS}{host}:PORT...\"")).nothing().note(why);
            return Check::failed(shared.failure(Verdict::NeverListened, detail));
        };
        match port_of(&line) {
            Some(port) => Check::met(port),
            None => {
                let expected = format!("\"{FIRST_WORDS}{host}:PORT...\" as the first line");
                let detail = Detail::expected(expected).received(format!("{line:?}"));
                Check::failed(shared.failure(Verdict::WrongOutput, detail))
            }
        }
    }
}

/// The port in a line that says that a server listens: the last number behind a colon, or else the last of all.
fn port_of(line: &str) -> Option<u16> {
    if !line.to_lowercase().contains("listen") {
        return None;
    }
    let port = |text: &str| {
        let digits = text.find(|c: char| !c.is_ascii_digit()).map_or(text, |end| &text[..end]);
        digits.parse().ok().filter(|&port| port != 0)
    };
    let behind_colon = line.rsplit(':').find_map(port);
    behind_colon.or_else(|| line.rsplit(|c: char| !c.is_ascii_digit()).find_map(port))
}

/// A command that has ended by itself.
#[derive(Debug)]
pub struct Finished {
    step: &'static str,
    words: String,
    status: ExitStatus,
    stdout: Vec<String>,
    stderr: Vec<String>,
}

impl Finished {
    /// The exit code is `code`.
    pub fn expect_code(&self, code: i32) -> Check {
        let is_right = self.status.code() == Some(code);
        self.check(is_right, Verdict::Exited, || wrong_exit(code, self.status))
    }

    /// `accepts` says whether the text on standard output is `wanted`, in words.
    pub fn expect_stdout(&self, wanted: &str, accepts: impl FnOnce(&str) -> bool) -> Check {
        self.expect_text("standard output", &self.stdout, wanted, accepts)
    }

    /// `accepts` says whether the text on standard error is `wanted`, in words.
    pub fn expect_stderr(&self, wanted: &str, accepts: impl FnOnce(&str) -> bool) -> Check {
        self.expect_text("standard error", &self.stderr, wanted, accepts)
    }

    fn expect_text(
        &self,
        stream: &str,
        lines: &[String],
        wanted: &str,
        accepts: impl FnOnce(&str) -> bool,
    ) -> Check {
        let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
        self.check(accepts(&text), Verdict::WrongOutput, || {
            let detail = Detail::expected(format!("on {stream}: {wanted}"));
            if text.is_empty() { detail.nothing() } else { detail }
        })
    }

    fn check(&self, met: bool, verdict: Verdict, detail: impl FnOnce() -> Detail) -> Check {
        if met {
            return Check::met(());
        }
        let detail = detail().note(format!("the arguments were \"{}\"", self.words));
        Check::failed(Failure::new(self.step, verdict, detail).quoting(&self.stdout, &self.stderr))
    }
}

/// Takes a command line apart as a shell would, and makes sure that there is such a program.
fn command_line(line: &str) -> Result<Vec<OsString>, String> {
    let words = shlex::split(line).ok_or("a quotation mark is not closed")?;
    let program = words.first().ok_or("it is empty")?;
    let candidates: Vec<PathBuf> = if Path::new(program).components().count() > 1 {
        vec![course_folder().join(program)]
    } else {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).map(|folder| folder.join(program)).collect()
    };
    let names = |path: &PathBuf| {
        [path.clone(), PathBuf::from(format!("{}{}", path.display(), env::consts::EXE_SUFFIX))]
    };
    let found: Vec<PathBuf> = candidates.iter().flat_map(names).filter(|path| path.is_file()).collect();
    if found.is_empty() {
        return Err(format!("there is no program {program:?} (a path counts from the folder of the course)"));
    }
    let program = found.into_iter().find(|path| is_executable(path));
    let program = program.ok_or_else(|| format!("{} is not executable", words[0]))?;
    Ok([program.into()].into_iter().chain(words[1..].iter().map(Into::into)).collect())
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    true
}

/// The root of the repository, where relative paths in `SUBMISSION` begin.
pub fn course_folder() -> PathBuf {
    let grader = Path::new(env!("CARGO_MANIFEST_DIR"));
    grader.ancestors().nth(2).expect("the grader is at tests/grader").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_from_nearly_the_right_line() {
        for line in [
            "Server listening on localhost:4444...",
            "Server listening on [::1]:4444 ",
            "listening at 127.0.0.1:4444, pid 17",
            "TcpListener { addr: 127.0.0.1:4444, fd: 3 }",
            "Server is listening on port 4444.",
        ] {
            assert_eq!(port_of(line), Some(4444), "{line}");
        }
        for line in ["binding 127.0.0.1:4444", "Server listening on localhost:0...", "listening", ""] {
            assert_eq!(port_of(line), None, "{line}");
        }
    }

    #[test]
    fn a_command_line_is_taken_apart_as_by_a_shell() {
        let cargo = command_line("cargo run 'two words'").unwrap();
        assert!(Path::new(&cargo[0]).is_absolute());
        assert_eq!(cargo[1..], ["run", "two words"]);
    }

    #[test]
    fn a_submission_that_is_no_program_is_named() {
        for (line, reason) in [
            ("", "it is empty"),
            ("  ", "it is empty"),
            ("'open", "quotation mark"),
            ("no-such-program-here 1", "no program \"no-such-program-here\""),
            ("tests/no-such-file.py", "no program \"tests/no-such-file.py\""),
        ] {
            let error = command_line(line).unwrap_err();
            assert!(error.contains(reason), "{line:?}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_the_permission_to_run_is_named() {
        let error = command_line("./README.md").unwrap_err();
        assert!(error.contains("not executable"), "{error}");
    }
}
