//! What the tests of this process have found, written where the environment variable `GRADER_REPORT` says: a whole
//! [`Report`] as JSON, and a new one each time a test ends, so that a run that is killed leaves what it has found.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Instant;
use std::{env, fs, io, panic, process, thread};

use crate::report::{Failure, Obstacle, Report, TestReport};

/// The variable that says where the report goes.
pub const REPORT: &str = "GRADER_REPORT";

/// None if nobody wants to know.
static RUN: LazyLock<Option<Run>> = LazyLock::new(|| {
    let path = PathBuf::from(env::var_os(REPORT)?);
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // Of a thread that has ended nobody asks.
        let _ = TEST.try_with(|test| {
            test.borrow_mut().iter_mut().for_each(|test| test.end.panic = Some(panic.to_string()));
        });
        told(panic);
    }));
    Some(Run { path, start: Instant::now(), report: Mutex::default() })
});

struct Run {
    path: PathBuf,
    start: Instant,
    report: Mutex<Report>,
}

thread_local! {
    /// The test that this thread runs. Rust's test harness gives each test a thread of its own, and waits for its end.
    static TEST: RefCell<Option<Test>> = const { RefCell::new(None) };
}

struct Test {
    start: Instant,
    end: TestReport,
}

/// The test that calls this is one of those in the report.
pub fn begin() {
    let (Some(_), Some(name)) = (&*RUN, thread::current().name().map(str::to_owned)) else { return };
    TEST.with_borrow_mut(|test| {
        let begun = || Test { start: Instant::now(), end: TestReport::new(&name, true, 0.0) };
        test.get_or_insert_with(begun);
    });
}

/// The tests are those of this step.
pub fn step(step: &str) {
    if let Some(run) = &*RUN {
        step.clone_into(&mut run.report.lock().unwrap().step);
    }
}

/// The test that this thread runs has failed.
pub fn failure(failure: &Failure) {
    TEST.with_borrow_mut(|test| test.iter_mut().for_each(|test| test.end.failure = Some(failure.clone())));
}

/// No test can be run.
pub fn obstacle(verdict: &str, message: &str) {
    if let Some(run) = &*RUN {
        run.change(|report| report.obstacle = Some(Obstacle::new(verdict, message)));
    }
}

/// The thread of the test ends.
impl Drop for Test {
    fn drop(&mut self) {
        let Some(run) = &*RUN else { return };
        let mut end = self.end.clone();
        end.passed = end.failure.is_none() && end.panic.is_none();
        end.seconds = self.start.elapsed().as_secs_f64();
        run.change(|report| {
            let place = report.tests.partition_point(|test| test.name < end.name);
            report.tests.insert(place, end);
        });
    }
}

impl Run {
    fn change(&self, change: impl FnOnce(&mut Report)) {
        let mut report = self.report.lock().unwrap();
        change(&mut report);
        report.seconds = self.start.elapsed().as_secs_f64();
        let text = serde_json::to_string(&*report).expect("a report can be JSON");
        if let Err(error) = write_whole(&self.path, text) {
            // Not eprintln!: that is captured while a test runs.
            let _ = io::Write::write_fmt(
                &mut io::stderr(),
                format_args!("Error: cannot write {}: {error}\n", self.path.display()),
            );
        }
    }
}

/// Writes a new file and puts it in the place of the old one, so that at any moment there is a whole one.
///
/// # Errors
/// It can't be written.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    // Two processes may write the same file.
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".{}", process::id()));
    fs::write(&new, content).and_then(|()| fs::rename(&new, path))
}

/// Where a run of tests puts its report, for a program that starts it. The file is removed in the end.
pub struct ReportFile(PathBuf);

impl ReportFile {
    /// A file that isn't there yet.
    pub fn temporary() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let file = Self(env::temp_dir().join(format!("echo-report-{}-{number}.json", process::id())));
        let _ = fs::remove_file(&file.0); // of another process that had this id
        file
    }

    /// What [`REPORT`] has to say.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The report so far; none if no test has used the grader.
    ///
    /// # Errors
    /// The file holds something else.
    pub fn read(&self) -> serde_json::Result<Option<Report>> {
        let Ok(text) = fs::read(&self.0) else { return Ok(None) };
        serde_json::from_slice(&text).map(Some)
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
