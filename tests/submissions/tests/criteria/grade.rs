//! Running the tests of a step on a submission, as a student would, and reading their report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::{Condvar, LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use grader::report::TestReport;
use grader::{Report, ReportFile};
use steps::Step;

/// How many submissions are graded at a time, by all tests together. The criteria of one wait most of the time.
const AT_A_TIME: usize = 18;

static BUSY: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// Some of those that are graded at a time.
pub struct Busy(usize);

impl Busy {
    /// Waits until one more may be graded.
    pub fn one() -> Self {
        Self::with(1)
    }

    /// Waits until nothing else is graded.
    pub fn alone() -> Self {
        Self::with(AT_A_TIME)
    }

    /// Waits until there is room for one that weighs as much as so many others.
    pub fn with(count: usize) -> Self {
        let (busy, less_busy) = &BUSY;
        *less_busy.wait_while(busy.lock().unwrap(), |busy| *busy + count > AT_A_TIME).unwrap() += count;
        Self(count)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let (busy, less_busy) = &BUSY;
        *busy.lock().unwrap() -= self.0;
        less_busy.notify_all();
    }
}

/// What the tests of a step found about a submission.
pub struct Graded {
    pub report: Report,
    pub status: ExitStatus,
    pub stderr: String,
    /// How long it took.
    pub time: Duration,
}

impl Graded {
    /// The names of the tests that fail.
    pub fn failed(&self) -> Vec<&str> {
        self.report.failed().map(|test| test.name.as_str()).collect()
    }

    /// What came of a test, if it was run.
    pub fn of(&self, name: &str) -> Option<&TestReport> {
        self.report.tests.iter().find(|test| test.name == name)
    }
}

/// Runs the tests of `step` on the command line `submission`; `words` go to the test program.
pub fn grade(busy: Busy, step: &str, submission: &str, variables: &[(&str, &str)], words: &[&str]) -> Graded {
    let file = ReportFile::temporary();
    let mut tests = criteria(step, submission);
    let start = Instant::now();
    let output = tests.args(words).envs(variables.iter().copied()).env(grader::REPORT, file.path()).output();
    drop(busy);
    let Output { status, stderr, .. } = output.expect("cargo has built the tests");
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    let report = file.read().expect("it is a report");
    let report = report.unwrap_or_else(|| panic!("{submission}: no report: {stderr}"));
    Graded { report, status, stderr, time: start.elapsed() }
}

/// What runs the criteria of `step` on `submission`.
pub fn criteria(step: &str, submission: &str) -> Command {
    let mut criteria = Command::new(&CRITERIA[step]);
    criteria
        .env("SUBMISSION", submission)
        .env("GRADER_REFERENCES", Path::new(env!("CARGO_BIN_EXE_wrong")).parent().expect("it is in a folder"))
        .env("RUST_TEST_THREADS", "8")
        .stdin(Stdio::null());
    criteria
}

/// Does `work` for all items, each in a thread of its own, and returns the results in order.
pub fn for_all<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let jobs: Vec<_> = items.iter().map(|item| scope.spawn(|| work(item))).collect();
        jobs.into_iter().map(|job| job.join().expect("what it panicked with is printed")).collect()
    })
}

/// The program of a package's own, as a word of a command line.
pub fn program(path: &str) -> String {
    path.replace('\\', "/").replace(' ', "\\ ")
}

/// The criteria of each step, as programs.
static CRITERIA: LazyLock<BTreeMap<String, PathBuf>> = LazyLock::new(|| {
    let target = Path::new(env!("CARGO_BIN_EXE_wrong")).ancestors().nth(2).expect("it is in target/debug");
    let steps = Step::all().expect("there are solutions");
    steps::cargo::all_tests(&steps, target).unwrap_or_else(|error| panic!("{error:#}"))
});
