//! Grading: each criterion is run by a process of its own, several at a time, so that each has its time, and what goes wrong with one
//! is nothing to the others.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::{self, Build};
use crate::child::{self, Finished};
use crate::report::{Criterion, Report};
use crate::{Step, root};

/// How many criteria run at a time. They wait for sockets most of the time.
const AT_A_TIME: usize = 8;

/// How long a criterion may take. It has deadlines of its own, which end it long before.
const LONGEST: Duration = Duration::from_secs(300);

/// The verdict on what was not graded by then.
const OUT_OF_TIME: &str = "out of time";

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
        cargo::criteria(step, if matches!(self, Self::Exercise) { "ex" } else { "sol" })
    }
}

/// A step to be graded.
pub struct Grading<'a> {
    step: &'a Step,
    /// The test program.
    criteria: &'a Path,
    subject: &'a Subject,
    first: &'a [String],
    deadline: Option<Instant>,
    /// It never listened: the next criteria need not wait as long.
    is_hopeless: AtomicBool,
}

impl<'a> Grading<'a> {
    pub fn new(step: &'a Step, criteria: &'a Path, subject: &'a Subject) -> Self {
        Self { step, criteria, subject, first: &[], deadline: None, is_hopeless: AtomicBool::new(false) }
    }

    /// These criteria are run first.
    pub fn first(self, first: &'a [String]) -> Self {
        Self { first, ..self }
    }

    /// What has not been graded by then is not met.
    pub fn until(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Grades. `on_progress` is told how many criteria are done, of how many.
    pub fn run(&self, on_progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Report> {
        let start = Instant::now();
        let mut names = list(self.criteria)?;
        ensure!(!names.is_empty(), "{} has no criteria", self.step);
        names.sort_by_key(|name| !self.first.contains(name));
        let count = names.len();
        let waiting = Mutex::new(VecDeque::from(names));
        let results = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    loop {
                        let Some(name) = waiting.lock().unwrap().pop_front() else { return };
                        let criterion = self.ask(&name);
                        let mut results = results.lock().unwrap();
                        results.push(criterion);
                        on_progress(results.len(), count);
                    }
                });
            }
        });
        let criteria: Result<Vec<Criterion>> = results.into_inner().unwrap().into_iter().collect();
        Ok(Report::new(self.step.name(), criteria?, start.elapsed().as_secs_f64()))
    }

    /// Grades one criterion.
    fn ask(&self, name: &str) -> Result<Criterion> {
        let start = Instant::now();
        let longest = start + LONGEST;
        let deadline = self.deadline.map_or(longest, |deadline| deadline.min(longest));
        if start > deadline {
            return Ok(Criterion::not_graded(name, OUT_OF_TIME, "the time for this step was over"));
        }
        let Finished { status, stdout, stderr } = child::run(self.command(name), deadline)?;
        let Some(status) = status else {
            return Ok(Criterion::not_graded(name, OUT_OF_TIME, "it was ended when the time was over"));
        };
        let output = stdout + &stderr;
        if status.code() == Some(CANNOT_GRADE) {
            let reason = output.lines().find_map(|line| line.strip_prefix("Error: "));
            bail!("{}", reason.unwrap_or(&output));
        }
        let criterion = Criterion::read(name, status.success(), &output, start.elapsed().as_secs_f64());
        if criterion.verdict == "never listened" {
            self.is_hopeless.store(true, Ordering::Relaxed);
        }
        Ok(criterion)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = child::limited(self.criteria, &[child::FILES]);
        command.args(["--exact", name]).current_dir(root()).env_remove("SUBMISSION");
        if let Subject::Program(line) = self.subject {
            command.env("SUBMISSION", line);
        }
        if self.is_hopeless.load(Ordering::Relaxed) {
            command.env("GRADER_HOPELESS", "1");
        }
        command
    }
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
