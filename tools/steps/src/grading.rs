//! Running the tests of a step: each in a process of its own, several at once, so that each has its time, and what goes wrong with
//! one is nothing to the others.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use grader::ReportFile;
use grader::report::{Failure, Report, TestReport, Verdict};

use crate::cargo::{self, Build};
use crate::child::{self, Finished};
use crate::{Step, root};

/// How many tests run at once. They wait for sockets most of the time.
const AT_ONCE: usize = 8;

/// How long a test may take. It has deadlines of its own, which end it long before.
const LONGEST: Duration = Duration::from_secs(300);

/// What is graded.
pub enum Subject {
    Exercise,
    Solution,
    /// A command line.
    Program(String),
}

impl Subject {
    /// Builds what is needed to grade it. A program of another kind is tested by what the solution is built with.
    pub fn build(&self, step: &Step) -> Result<Build> {
        cargo::tests(step, if matches!(self, Self::Exercise) { "ex" } else { "sol" })
    }
}

/// A step to be graded.
pub struct Grading<'a> {
    step: &'a Step,
    /// The test program.
    program: &'a Path,
    subject: &'a Subject,
    deadline: Option<Instant>,
    /// It never listened: the next tests need not wait as long.
    is_hopeless: AtomicBool,
}

impl<'a> Grading<'a> {
    pub fn new(step: &'a Step, program: &'a Path, subject: &'a Subject) -> Self {
        Self { step, program, subject, deadline: None, is_hopeless: AtomicBool::new(false) }
    }

    /// A test that isn't done by then fails.
    pub fn until(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Runs the tests. `on_progress` gets how many are done, of how many.
    pub fn run(&self, on_progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Report> {
        let start = Instant::now();
        let names = list(self.program)?;
        ensure!(!names.is_empty(), "{} has no tests", self.step);
        let count = names.len();
        let waiting = Mutex::new(names.into_iter());
        let next = || waiting.lock().unwrap().next();
        let results = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(name) = next() {
                        let test = self.test(&name);
                        let mut results = results.lock().unwrap();
                        results.push(test);
                        on_progress(results.len(), count);
                    }
                });
            }
        });
        let tests: Result<Vec<TestReport>> = results.into_inner().unwrap().into_iter().collect();
        Ok(Report::new(self.step.name(), tests?, start.elapsed().as_secs_f64()))
    }

    /// Runs one test.
    fn test(&self, name: &str) -> Result<TestReport> {
        let start = Instant::now();
        let longest = start + LONGEST;
        let deadline = self.deadline.map_or(longest, |deadline| deadline.min(longest));
        if start > deadline {
            return Ok(self.out_of_time(name, start, "the time for this step was over"));
        }
        let file = ReportFile::temporary();
        let Finished { status, stdout, stderr } = child::run(self.command(name, file.path()), deadline)?;
        let Some(status) = status else {
            return Ok(self.out_of_time(name, start, "it was ended when the time was over"));
        };
        // A test that has nothing to do needs no grader, and tells nothing.
        let report = file.read().context("the report of a test is broken")?.unwrap_or_default();
        if let Some(obstacle) = report.obstacle {
            bail!("{}", obstacle.message);
        }
        let found = report.tests.into_iter().find(|test| test.name == name);
        let mut test =
            found.unwrap_or_else(|| TestReport::new(name, status.success(), start.elapsed().as_secs_f64()));
        if test.passed && !status.success() || !test.passed && test.failure.is_none() && test.panic.is_none()
        {
            test = TestReport { passed: false, panic: Some(last_words(status, &(stdout + &stderr))), ..test };
        }
        if test.failure.as_ref().is_some_and(|failure| failure.verdict == Verdict::NeverListened) {
            self.is_hopeless.store(true, Ordering::Relaxed);
        }
        Ok(test)
    }

    fn out_of_time(&self, name: &str, start: Instant, why: &str) -> TestReport {
        let failure = Failure::new(self.step.name(), Verdict::OutOfTime, why);
        let seconds = start.elapsed().as_secs_f64();
        TestReport { failure: Some(failure), ..TestReport::new(name, false, seconds) }
    }

    fn command(&self, name: &str, report: &Path) -> Command {
        let mut command = child::limited(self.program, &[child::FILES]);
        command.args(["--exact", name]).current_dir(root()).env_remove("SUBMISSION");
        command.env(grader::REPORT, report);
        if let Subject::Program(line) = self.subject {
            command.env("SUBMISSION", line);
        }
        if self.is_hopeless.load(Ordering::Relaxed) {
            command.env("GRADER_HOPELESS", "1");
        }
        command
    }
}

/// What a test says that dies without a report.
fn last_words(status: ExitStatus, output: &str) -> String {
    const LINES: usize = 20;
    let lines: Vec<&str> = output.lines().collect();
    format!("the test has ended ({status}):\n{}", lines[lines.len().saturating_sub(LINES)..].join("\n"))
}

/// The names of the tests in a test program.
pub fn list(program: &Path) -> Result<Vec<String>> {
    let output =
        Command::new(program).arg("--list").current_dir(root()).output().context("cannot list the tests")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}
