//! `cargo course watch`: grades at each save, and shows what to do next.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context, Result};
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use notify::{Config, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use steps::Step;
use steps::grading::Subject;
use steps::output::{is_screen, print};
use steps::report::Report;

use crate::human::{self, width, wrapped};
use crate::todo::Todos;
use crate::{diff, grade, hint};

/// An editor saves in several events: they count as one when they come within this time.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// How often files are looked at where the system doesn't report changes.
const POLL: Duration = Duration::from_millis(500);

/// What the student does.
enum Action {
    Saved,
    Hint,
    List,
    Diff,
    Chapter,
    Next,
    Quit,
}

pub fn run(mut step: Step, poll: bool) -> Result<ExitCode> {
    let steps = Step::all()?;
    loop {
        let next = steps.iter().skip_while(|other| **other != step).nth(1);
        match watch(&step, next, poll)? {
            Some(next) => step = next,
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Watches one step. Returns the next one if the student goes on.
fn watch(step: &Step, next: Option<&Step>, poll: bool) -> Result<Option<Step>> {
    let changes = Changes::of(&step.exercise().join("src"), poll)?;
    loop {
        clear()?;
        print(&format!("{step}: building ...\n"))?;
        let report = judge(step)?;
        loop {
            print(&keys(report.as_ref().is_some_and(Report::all_pass)))?;
            let text = match changes.wait()? {
                Action::Saved => break,
                Action::Quit => return Ok(None),
                Action::Hint => hint::text(step, None)?,
                Action::List => list(report.as_ref()),
                Action::Diff => diff::text(step, false).unwrap_or_else(|error| format!("{error:#}\n")),
                Action::Chapter => format!("docs/src/{step}.md\n"),
                Action::Next => match next {
                    Some(next) => return Ok(Some(next.clone())),
                    None => "This is the last step.\n".into(),
                },
            };
            print(&format!("\n{text}"))?;
        }
    }
}

/// Builds and grades, and shows what to do. None if it doesn't compile.
fn judge(step: &Step) -> Result<Option<Report>> {
    let judged = grade::build_and_run(step, &Subject::Exercise)?;
    clear()?;
    match judged {
        Ok(report) => {
            print(&human::write(&report, Some(&Todos::of(step)?), false))?;
            Ok(Some(report))
        }
        Err(errors) => {
            print(&format!("{step} doesn't compile:\n\n{errors}"))?;
            Ok(None)
        }
    }
}

fn list(report: Option<&Report>) -> String {
    let tests = report.into_iter().flat_map(|report| &report.tests);
    let line = |passed, title: &str| format!("{} {title}", if passed { "passes" } else { "fails " });
    tests.map(|test| wrapped(&line(test.passed, &test.title()), 7, width())).collect()
}

/// What the keys do, if there are any.
fn keys(is_done: bool) -> String {
    if !io::stdin().is_terminal() {
        return String::new();
    }
    let first = if is_done { "[d] diff with the reference   [c] chapter" } else { "[h] hint   [l] list" };
    let enter = if is_screen(&io::stdout()) { "" } else { "   each followed by Enter" };
    format!("\n{}", wrapped(&format!("{first}   [n] next step   [q] quit{enter}"), 0, width()))
}

/// Empties the screen, if there is one.
fn clear() -> Result<()> {
    if is_screen(&io::stdout()) {
        execute!(io::stdout(), Clear(ClearType::All), cursor::MoveTo(0, 0))?;
    }
    Ok(())
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
        if !is_screen(&io::stdout()) {
            return self.wait_for_either();
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
                    KeyCode::Char('d') => return Ok(Action::Diff),
                    KeyCode::Char('c') => return Ok(Action::Chapter),
                    KeyCode::Char('n') => return Ok(Action::Next),
                    _ => {}
                }
            }
        }
    }
}
