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
use notify_debouncer_mini::notify::{PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use notify_debouncer_mini::{Config, Debouncer, new_debouncer_opt, notify};

use crate::compile::Build;
use crate::course::Step;
use crate::grade::{self, Subject};
use crate::progress::Progress;
use crate::report::Report;
use crate::{hint, overview};

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
    loop {
        let next = steps.iter().skip_while(|other| **other != step).nth(1);
        match watch(&step, next, poll)? {
            Some(next) => step = next,
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Watches one step. Returns the one to go on with, none at the end.
fn watch(step: &Step, next: Option<&Step>, poll: bool) -> Result<Option<Step>> {
    let changes = Changes::of(&step.exercise().join("src"), poll)?;
    loop {
        clear()?;
        println!("{step}: building ...");
        let report = judge(step)?;
        if report.as_ref().is_some_and(Report::is_met)
            && let Some(next) = next
        {
            println!("\nAll criteria of {step} are met. On to {next}: exercises/{next}/README.md\n");
            return Ok(Some(next.clone()));
        }
        loop {
            println!("\n{KEYS}");
            match changes.wait()? {
                Action::Saved => break,
                Action::Hint => println!("\n{}", hint::next(step)?),
                Action::List => list(report.as_ref()),
                Action::Next if next.is_some() => return Ok(next.cloned()),
                Action::Next => println!("\nThis is the last step."),
                Action::Quit => return Ok(None),
            }
        }
    }
}

/// Builds and grades, and shows what is to be done. None if it doesn't compile.
fn judge(step: &Step) -> Result<Option<Report>> {
    let criteria = match Subject::Exercise.build(step)? {
        Build::Criteria(program) => program,
        Build::Errors(errors) => {
            clear()?;
            println!("{step}: it doesn't compile\n\n{errors}");
            return Ok(None);
        }
    };
    let progress = Progress::load();
    let failed: Vec<String> = progress
        .of(step)
        .into_iter()
        .flat_map(Report::not_met)
        .map(|criterion| criterion.name.clone())
        .collect();
    let report = grade::grade(step, &criteria, &Subject::Exercise, &failed, &|_, _| {})?;
    progress.note(&report).save()?;
    clear()?;
    println!("{step}: {} of {} criteria are met", report.met, report.criteria.len());
    // The one that failed last time is the one that is worked on.
    let last = report.not_met().find(|criterion| failed.first() == Some(&criterion.name));
    if let Some(criterion) = last.or(report.not_met().next()) {
        println!("{}\n\n{}\n\n{}", overview::open_file(step).display(), criterion.title, criterion.text());
    }
    Ok(Some(report))
}

fn list(report: Option<&Report>) {
    println!();
    for criterion in report.into_iter().flat_map(|report| &report.criteria) {
        println!("{} {}", if criterion.met { "met    " } else { "not met" }, criterion.title);
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
    _watcher: Box<dyn std::any::Any>,
}

impl Changes {
    fn of(folder: &Path, poll: bool) -> Result<Self> {
        let (sender, saved) = mpsc::channel();
        let told = move |events: notify_debouncer_mini::DebounceEventResult| {
            if events.is_ok() {
                let _ = sender.send(());
            }
        };
        let config = notify::Config::default().with_poll_interval(POLL).with_compare_contents(true);
        let config = Config::default().with_timeout(DEBOUNCE).with_notify_config(config);
        let watcher: Box<dyn std::any::Any> = if poll {
            Box::new(start(new_debouncer_opt::<_, PollWatcher>(config, told), folder)?)
        } else {
            Box::new(start(new_debouncer_opt::<_, RecommendedWatcher>(config, told), folder)?)
        };
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
                while self.saved.try_recv().is_ok() {}
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

fn start<W: Watcher>(debouncer: notify::Result<Debouncer<W>>, folder: &Path) -> Result<Debouncer<W>> {
    let mut debouncer = debouncer.context("cannot watch files: try --poll")?;
    let watched = debouncer.watcher().watch(folder, RecursiveMode::Recursive);
    watched.with_context(|| format!("cannot watch {}: try --poll", folder.display()))?;
    Ok(debouncer)
}
