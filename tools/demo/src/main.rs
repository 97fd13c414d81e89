//! `cargo demo`: a step's program and a cast of clients play a scene, and the sequence diagram is drawn meanwhile.

mod scene;
mod scenes;
mod screen;
mod stage;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use grader::diagram::text::{self, Drawing};
use grader::diagram::{Diagram, Row, mermaid};
use grader::{Failure, Submission};

use scene::Scene;
use steps::Step;
use steps::cargo::{self, Build};
use steps::grading::Subject;

/// How wide the text is, unless a terminal is narrower.
const TEXT_WIDTH: usize = 100;

/// Show what a step is about: its server, a cast of clients, and a sequence diagram that grows arrow by arrow
///
/// Without a terminal, the diagram is printed as text, without pauses. Keys: space or Enter next, a goes on by itself,
/// arrows and Page Up look back, q quit. Exit code 0: it went as in the script. 1: it didn't. 2: it could not be shown.
#[derive(Parser)]
#[command(name = "cargo demo", bin_name = "cargo demo", version, max_term_width = 110)]
#[command(after_help = "Examples:
  cargo demo 01
  cargo demo 01 --mine
  cargo demo 02 --submission \"python3 my_server.py\" --auto
  cargo demo 03 --plain | less
  cargo demo 03 --mermaid 03.mmd")]
struct Args {
    /// A step's name or number
    step: Step,
    /// Show your exercise instead of the reference solution
    #[arg(long, conflicts_with = "submission")]
    mine: bool,
    /// Show any program: a command line to which address and options are added
    #[arg(long, value_name = "CMD")]
    submission: Option<String>,
    /// Go on by itself, without keys, and end after the last arrow
    #[arg(long)]
    auto: bool,
    /// How long to look at each arrow when it goes on by itself
    #[arg(long, value_name = "SECONDS", default_value = "0.7", value_parser = seconds)]
    pace: Duration,
    /// Print the diagram as text, without pauses, also on a terminal
    #[arg(long)]
    plain: bool,
    /// Write the diagram as Mermaid to this file too; to - instead of anything else on standard output
    #[arg(long, value_name = "FILE")]
    mermaid: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or("it must be a number from 0 to 3600".into())
}

/// How the scene is shown.
struct View {
    /// It goes on by itself.
    auto: bool,
    pace: Duration,
    plain: bool,
    mermaid: Option<PathBuf>,
}

/// A scene that was played.
struct Recording {
    diagram: Diagram,
    /// What happened otherwise than in the script. The scene ends there.
    otherwise: Option<Box<Failure>>,
    /// The audience left before the end.
    is_cut_short: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let subject = match args.submission {
        Some(command) => Subject::Program(command),
        None if args.mine => Subject::Exercise,
        None => Subject::Solution,
    };
    let view = View { auto: args.auto, pace: args.pace, plain: args.plain, mermaid: args.mermaid };
    run(&args.step, &subject, &view).unwrap_or_else(|error| {
        eprintln!("Error: {error:#}");
        ExitCode::from(2)
    })
}

fn run(step: &Step, subject: &Subject, view: &View) -> Result<ExitCode> {
    let scene = scenes::of(step).with_context(|| format!("{step} has no scene"))?;
    let submission = submission(step, scene.step, subject)?;
    let recording = match show(scene, submission, view) {
        Err(error) if view.mermaid.is_none() && is_unheard(&error) => return Ok(ExitCode::SUCCESS),
        result => result?,
    };
    if let Some(path) = &view.mermaid {
        write_mermaid(&recording, path)?;
    }
    let Some(failure) = recording.otherwise else { return Ok(ExitCode::SUCCESS) };
    report(step, &failure);
    Ok(ExitCode::FAILURE)
}

/// Plays the scene, and shows it as `view` wants.
fn show(scene: &'static Scene, submission: Submission, view: &View) -> Result<Recording> {
    if view.mermaid.as_deref() == Some(Path::new("-")) {
        return play(scene, submission, |_, _| Ok(()));
    }
    if view.plain || !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        print_header(scene, &scene.diagram())?;
        return play(scene, submission, print);
    }
    let recording = screen::show(scene, submission, view)?;
    // What was drawn stays in the terminal.
    print_header(scene, &recording.diagram)?;
    recording.diagram.events.iter().try_for_each(|event| print(&recording.diagram, &event.row))?;
    Ok(recording)
}

/// That nobody reads the text to its end is no error.
fn is_unheard(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Builds the program that is shown.
fn submission(step: &Step, name: &'static str, subject: &Subject) -> Result<Submission> {
    let is_solution = match subject {
        Subject::Program(line) => {
            let submission = Submission::of_command_line(name, line);
            return submission.map_err(|reason| anyhow::anyhow!("{line:?} can't be shown: {reason}"));
        }
        Subject::Solution => true,
        Subject::Exercise => false,
    };
    let on_terminal = |text: &str| {
        if io::stderr().is_terminal() {
            eprint!("{text}");
        }
    };
    on_terminal(&format!("{step}: building ..."));
    let built = cargo::program(step, is_solution);
    on_terminal("\r\x1b[K");
    match built? {
        Build::Program(program) => Ok(Submission::of_program(name, vec![program.into()])),
        Build::Errors(errors) => {
            eprintln!("{errors}");
            bail!("{step} doesn't compile");
        }
    }
}

/// Plays a scene without pauses.
fn play(
    scene: &'static Scene,
    submission: Submission,
    show: impl Fn(&Diagram, &Row) -> io::Result<()>,
) -> Result<Recording> {
    let mut diagram = scene.diagram();
    let mut shown = Ok(());
    let played = stage::play(scene, submission, |event| {
        shown = show(&diagram, &event.row);
        diagram.events.push(event.row.into());
        if shown.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    shown?;
    Ok(Recording { diagram, otherwise: played.err(), is_cut_short: false })
}

fn drawing(diagram: &Diagram) -> Drawing<'_> {
    let columns = crossterm::terminal::size().ok().filter(|_| io::stdout().is_terminal());
    let width = columns.map_or(TEXT_WIDTH, |(columns, _)| TEXT_WIDTH.min(columns.into()));
    Drawing::new(&diagram.cast, diagram.program, width, &text::ASCII)
}

fn print_header(scene: &Scene, diagram: &Diagram) -> io::Result<()> {
    let header = drawing(diagram).header().text;
    writeln!(io::stdout(), "{}: {}\n\n{header}", scene.step, scene.title)
}

fn print(diagram: &Diagram, row: &Row) -> io::Result<()> {
    let mut stdout = io::stdout();
    drawing(diagram).rows(row).iter().try_for_each(|row| writeln!(stdout, "{}", row.text))?;
    stdout.flush()
}

fn write_mermaid(recording: &Recording, path: &Path) -> Result<()> {
    if recording.is_cut_short {
        bail!("{} is not written, as the scene was not played to its end", path.display());
    }
    let text = mermaid::write(&recording.diagram);
    if path == Path::new("-") {
        io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")
    } else {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn report(step: &Step, failure: &Failure) {
    eprintln!("\nThis isn't in the script: {}", failure.verdict);
    for line in failure.detail_lines() {
        eprintln!("  {line}");
    }
    if !failure.output.is_empty() {
        eprintln!("\n  the end of what the program printed:");
    }
    for line in &failure.output {
        eprintln!("    {line}");
    }
    eprintln!("\n  more, with hints: cargo course grade {step}");
}
