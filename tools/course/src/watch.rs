//! `cargo course watch`: grades at each save, and shows what to do next.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context, Result};
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use notify::{Config, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

use crate::progress::Progress;
use crate::{hint, overview};
use steps::Step;
use steps::cargo::Build;
use steps::grading::{Grading, Subject};
use steps::report::Report;

/// An editor saves in several events: they count as one when they come within this time.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// How often files are looked at where the system doesn't tell of changes.
const POLL: Duration = Duration::from_millis(500);

const KEYS: &str = "[h] hint   [l] list   [n] next step   [q] quit";

/// What the student does.
enum Action {
    Saved,
    Hint,
    List,
    Next,
    Quit,
}

pub fn run(step: Option<Step>, poll: bool) -> Result<ExitCode> {
    let steps = Step::all()?;
    let first_open = || {
        let progress = Progress::load();
        steps.iter().find(|step| !progress.is_done(step)).or(steps.first()).cloned()
    };
    let mut step = step.or_else(first_open).context("the course has no steps")?;
    let mut news = String::new();
    loop {
        let next = steps.iter().skip_while(|other| **other != step).nth(1);
        match watch(&step, next, poll, &news)? {
            End::Done(next) => {
                news = format!("All tests of {step} pass. On to {next}: exercises/{next}/README.md\n");
                step = next;
            }
            End::Skipped(next) => (step, news) = (next, String::new()),
            End::Quit => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Why a step isn't watched any more, and the next one.
enum End {
    Done(Step),
    Skipped(Step),
    Quit,
}

/// Watches one step. `news` stand above what is said of it.
fn watch(step: &Step, next: Option<&Step>, poll: bool, news: &str) -> Result<End> {
    let changes = Changes::of(&step.exercise().join("src"), poll)?;
    loop {
        clear()?;
        println!("{news}{step}: building ...");
        let report = judge(step, news)?;
        if report.as_ref().is_some_and(Report::all_pass)
            && let Some(next) = next
        {
            return Ok(End::Done(next.clone()));
        }
        loop {
            println!("\n{KEYS}");
            match changes.wait()? {
                Action::Saved => break,
                Action::Hint => println!("\n{}", hint::next(step)?),
                Action::List => list(report.as_ref()),
                Action::Next => match next {
                    Some(next) => return Ok(End::Skipped(next.clone())),
                    None => println!("\nThis is the last step."),
                },
                Action::Quit => return Ok(End::Quit),
            }
        }
    }
}

/// Builds and grades, and shows what is to be done. None if it doesn't compile.
fn judge(step: &Step, news: &str) -> Result<Option<Report>> {
    let tests = match Subject::Exercise.build(step)? {
        Build::Program(program) => program,
        Build::Errors(errors) => {
            clear()?;
            println!("{news}{step}: it doesn't compile\n\n{errors}");
            return Ok(None);
        }
    };
    let progress = Progress::load();
    let failed: Vec<String> =
        progress.of(step).into_iter().flat_map(Report::failed).map(|test| test.name.clone()).collect();
    let report = Grading::new(step, &tests, &Subject::Exercise).first(&failed).run(&|_, _| {})?;
    progress.note(&report).save()?;
    clear()?;
    println!("{news}{step}: {}", report.summary());
    // The one that failed last time is the one that is worked on.
    let last = report.failed().find(|test| failed.first() == Some(&test.name));
    if let Some(test) = last.or(report.failed().next()) {
        println!("{}\n\n{}\n\n{test}", overview::open_file(step).display(), test.title());
    }
    Ok(Some(report))
}

fn list(report: Option<&Report>) {
    println!();
    for test in report.into_iter().flat_map(|report| &report.tests) {
        println!("{} {}", if test.passed { "passes" } else { "fails " }, test.title());
    }
}

/// Empties the screen, if there is one.
fn clear() -> Result<()> {
    if io::stdout().is_terminal() {
        execute!(io::stdout(), Clear(ClearType::All), cursor::MoveTo(0, 0))?;
    }
    Ok(io::stdout().flush()?)
}

/// Changes of files, and keys.
struct Changes {
    saved: Receiver<()>,
    _watcher: Box<dyn Watcher>,
}

impl Changes {
    fn of(folder: &Path, poll: bool) -> Result<Self> {
        let (sender, saved) = mpsc::channel();
        let on_event = move |event: notify::Result<notify::Event>| {
            // The compiler reads the files too, which is no change.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = sender.send(());
            }
        };
        let config = Config::default().with_poll_interval(POLL).with_compare_contents(true);
        let watcher: notify::Result<Box<dyn Watcher>> = if poll {
            PollWatcher::new(on_event, config).map(|watcher| Box::new(watcher) as _)
        } else {
            RecommendedWatcher::new(on_event, config).map(|watcher| Box::new(watcher) as _)
        };
        let mut watcher = watcher.context("cannot watch files: try --poll")?;
        let result = watcher.watch(folder, RecursiveMode::Recursive);
        result.with_context(|| format!("cannot watch {}: try --poll", folder.display()))?;
        Ok(Self { saved, _watcher: watcher })
    }

    /// Waits for a save or a key.
    fn wait(&self) -> Result<Action> {
        if !io::stdin().is_terminal() {
            self.saved.recv().context("the files can't be watched any more")?;
            return Ok(Action::Saved);
        }
        enable_raw_mode()?; // a key counts when it is pressed, not when Enter follows
        let action = self.wait_for_either();
        disable_raw_mode()?;
        action
    }

    fn wait_for_either(&self) -> Result<Action> {
        loop {
            if self.saved.try_recv().is_ok() {
                while self.saved.recv_timeout(DEBOUNCE).is_ok() {}
                return Ok(Action::Saved);
            }
            if event::poll(Duration::from_millis(50))?
                && let Event::Key(key) = event::read()?
                && key.kind == KeyEventKind::Press
            {
                match key.code {
                    KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                        return Ok(Action::Quit);
                    }
                    KeyCode::Char('q') => return Ok(Action::Quit),
                    KeyCode::Char('h') => return Ok(Action::Hint),
                    KeyCode::Char('l') => return Ok(Action::List),
                    KeyCode::Char('n') => return Ok(Action::Next),
                    _ => {}
                }
            }
        }
    }
}
