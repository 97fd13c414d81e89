//! Grading: each criterion is run by a process of its own, several at a time, so that each has its time, and what goes wrong with one
//! is nothing to the others.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use process_wrap::std::{ChildWrapper, CommandWrap};

use crate::compile::{self, Build};
use crate::course::{Step, root};
use crate::format::{self, Format};
use crate::progress::Progress;
use crate::report::{Criterion, Report};

/// How many criteria run at a time. They wait for sockets most of the time.
const AT_A_TIME: usize = 8;

/// How long a criterion may take. It has deadlines of its own, which end it long before.
const LONGEST: Duration = Duration::from_secs(300);

/// The exit code of criteria that can't grade what they are given; one that isn't met ends with another.
const CANNOT_GRADE: i32 = 2;

/// What is graded.
pub enum Subject {
    Exercise,
    Solution,
    /// A command line.
    Program(String),
}

impl Subject {
    /// Builds what is needed to grade it. A program of another kind is graded by the criteria that the solution is built with.
    pub fn build(&self, step: &Step) -> Result<Build> {
        compile::criteria(step, if matches!(self, Self::Exercise) { "ex" } else { "sol" })
    }
}

/// Grades steps and writes the reports.
pub fn run(steps: &[Step], subject: &Subject, format: Format, output: Option<&Path>) -> Result<ExitCode> {
    let steps = if steps.is_empty() { Step::all()? } else { steps.to_vec() };
    let mut reports = Vec::new();
    for step in &steps {
        let criteria = match subject.build(step)? {
            Build::Criteria(program) => program,
            Build::Errors(errors) => {
                eprintln!("{errors}");
                bail!("{step} doesn't compile");
            }
        };
        let report = grade(step, &criteria, subject, &[], &|done, count| show_progress(step, done, count))?;
        if matches!(subject, Subject::Exercise) {
            Progress::load().note(&report).save()?;
        }
        reports.push(report);
    }
    let text = format::write(&reports, format)?;
    match output {
        Some(path) => fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?,
        None => print_whole(&text)?,
    }
    Ok(if reports.iter().all(Report::is_met) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Grades one step by `criteria`, which is the test program. The criteria named in `first` are run first. `on_progress` is
/// told how many are done, of how many.
pub fn grade(
    step: &Step,
    criteria: &Path,
    subject: &Subject,
    first: &[String],
    on_progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Report> {
    let start = Instant::now();
    let mut names = list(criteria)?;
    ensure!(!names.is_empty(), "{step} has no criteria");
    names.sort_by_key(|name| !first.contains(name));
    let count = names.len();
    let grader = Grader { criteria, subject, is_hopeless: AtomicBool::new(false) };
    let waiting = Mutex::new(VecDeque::from(names));
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let Some(name) = waiting.lock().unwrap().pop_front() else { return };
                    let criterion = grader.ask(&name);
                    let mut results = results.lock().unwrap();
                    results.push(criterion);
                    on_progress(results.len(), count);
                }
            });
        }
    });
    let criteria: Result<Vec<Criterion>> = results.into_inner().unwrap().into_iter().collect();
    Ok(Report::new(step.name(), criteria?, start.elapsed().as_secs_f64()))
}

/// The names of the criteria in a test program.
pub fn list(criteria: &Path) -> Result<Vec<String>> {
    let output = Command::new(criteria)
        .arg("--list")
        .current_dir(root())
        .output()
        .context("cannot list the criteria")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

struct Grader<'a> {
    criteria: &'a Path,
    subject: &'a Subject,
    /// It never listened: the next criteria need not wait as long.
    is_hopeless: AtomicBool,
}

impl Grader<'_> {
    fn ask(&self, name: &str) -> Result<Criterion> {
        let mut command = Command::new(self.criteria);
        command.args(["--exact", name]).current_dir(root()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("SUBMISSION");
        if let Subject::Program(line) = self.subject {
            command.env("SUBMISSION", line);
        }
        if self.is_hopeless.load(Ordering::Relaxed) {
            command.env("GRADER_HOPELESS", "1");
        }
        let start = Instant::now();
        let (status, output) = run_to_end(command)?;
        if status.is_some_and(|status| status.code() == Some(CANNOT_GRADE)) {
            let reason = output.lines().find_map(|line| line.strip_prefix("Error: "));
            bail!("{}", reason.unwrap_or(&output));
        }
        let succeeded = status.is_some_and(|status| status.success());
        let criterion = Criterion::read(name, succeeded, &output, start.elapsed().as_secs_f64());
        if criterion.verdict == "never listened" {
            self.is_hopeless.store(true, Ordering::Relaxed);
        }
        Ok(criterion)
    }
}

/// Runs a command for no longer than a criterion may take, and returns its status, if it ended by itself, and all that it printed.
fn run_to_end(command: Command) -> Result<(Option<ExitStatus>, String)> {
    let mut wrapped = CommandWrap::from(command);
    #[cfg(unix)]
    wrapped.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    wrapped.wrap(process_wrap::std::JobObject);
    let mut child = wrapped.spawn().context("cannot start the criteria")?;
    let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
    thread::scope(|scope| {
        let stdout = scope.spawn(|| read_all(stdout));
        let stderr = scope.spawn(|| read_all(stderr));
        let status = wait(child.as_mut(), Instant::now() + LONGEST);
        let text = stdout.join().expect("it doesn't panic") + &stderr.join().expect("it doesn't panic");
        Ok((status?, text))
    })
}

fn wait(child: &mut dyn ChildWrapper, deadline: Instant) -> Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() > deadline {
            child.kill()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn read_all(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// On a terminal only, in a line that is written over and gone in the end.
fn show_progress(step: &Step, done: usize, count: usize) {
    if io::stderr().is_terminal() {
        let end = if done == count { "\r\x1b[K" } else { "" };
        eprint!("\r\x1b[K{step}: {done} of {count} criteria graded{end}");
    }
}

/// Prints a report; that nobody reads it to its end is no error.
fn print_whole(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
