//! `cargo demo`: a step's program and a cast of clients play a scene, and the sequence diagram is drawn meanwhile.

mod scene;
mod scenes;
mod screen;
mod stage;

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use grader::diagram::text::{ASCII, Drawing, Drawn, Strokes};
use grader::diagram::{Diagram, Row, list, mermaid};
use grader::{Failure, Submission};

use scene::Scene;
use steps::cargo::{self, Build};
use steps::grading::Subject;
use steps::output::{self, is_screen};
use steps::{Step, files};

/// How wide the text is, unless a terminal is narrower.
const TEXT_WIDTH: usize = 100;

/// The narrowest picture with lifelines. On a narrower one, the events are a list.
const NARROWEST: usize = 80;

/// Show what a step is about: its server, a cast of clients, and a sequence diagram that grows arrow by arrow
///
/// Without a terminal, the diagram is printed as text, without pauses. On a terminal with fewer than 80 columns, the events are
/// a list. Keys: space or Enter next, a auto, arrows and Page Up look back, q quit. Exit code 0: everything went as in the
/// script. 1: something didn't. 2: the scene can't be shown.
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
    /// Go on without keys, and end after the last arrow
    #[arg(long)]
    auto: bool,
    /// How long each arrow is shown when the demo goes on without keys
    #[arg(long, value_name = "SECONDS", default_value = "0.7", value_parser = seconds)]
    pace: Duration,
    /// Print the diagram as text, without pauses, even on a terminal
    #[arg(long)]
    plain: bool,
    /// Write the diagram as Mermaid to this file too. With -, print only the Mermaid
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
    output::exit(run(&args.step, &subject, &view))
}

fn run(step: &Step, subject: &Subject, view: &View) -> Result<ExitCode> {
    let scene = scenes::of(step).with_context(|| format!("{step} has no scene"))?;
    let submission = submission(step, scene.step, subject)?;
    let recording = show(scene, submission, view)?;
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
    // A file gets the whole scene, even if nobody reads the text to its end.
    let print =
        |text: &str| if view.mermaid.is_some() { files::write(None, text) } else { output::print(text) };
    if view.plain || !is_screen(&io::stdout()) || !io::stdin().is_terminal() {
        print(&header(scene))?;
        return play(scene, submission, |diagram, row| print(&text(diagram, row)));
    }
    let recording = screen::show(scene, submission, view)?;
    // What was drawn stays in the terminal.
    let Recording { diagram, .. } = &recording;
    let events: String = diagram.events.iter().map(|event| text(diagram, &event.row)).collect();
    print(&(header(scene) + &events))?;
    Ok(recording)
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
    output::status(&format!("{step}: building ..."));
    let built = cargo::program(step, is_solution);
    output::status("");
    match built? {
        Build::Program(program) => Ok(Submission::of_program(name, vec![program.into()])),
        Build::Errors(errors) => {
            output::complain(&errors);
            bail!("{step} doesn't compile");
        }
    }
}

/// Plays a scene without pauses.
fn play(
    scene: &'static Scene,
    submission: Submission,
    show: impl Fn(&Diagram, &Row) -> Result<()>,
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

/// How wide the text is.
fn width() -> usize {
    let columns = io::stdout().is_terminal().then(crossterm::terminal::size).and_then(io::Result::ok);
    columns.map_or(TEXT_WIDTH, |(columns, _)| TEXT_WIDTH.min(columns.into()))
}

/// The names above the lifelines, if the picture has some.
fn names(diagram: &Diagram, width: usize, strokes: &Strokes) -> Option<Drawn> {
    let drawing = || Drawing::new(&diagram.cast, diagram.program, width, strokes).header();
    (width >= NARROWEST).then(drawing)
}

fn rows(diagram: &Diagram, row: &Row, width: usize, strokes: &Strokes) -> Vec<Drawn> {
    if width < NARROWEST {
        return list::rows(&diagram.cast, row, width);
    }
    Drawing::new(&diagram.cast, diagram.program, width, strokes).rows(row)
}

fn header(scene: &Scene) -> String {
    let names = names(&scene.diagram(), width(), &ASCII).map_or(String::new(), |names| names.text + "\n");
    format!("{}: {}\n\n{names}", scene.step, scene.title)
}

fn text(diagram: &Diagram, row: &Row) -> String {
    rows(diagram, row, width(), &ASCII).into_iter().map(|row| row.text + "\n").collect()
}

fn write_mermaid(recording: &Recording, path: &Path) -> Result<()> {
    if recording.is_cut_short {
        bail!("{} is not written, as the scene was not played to its end", path.display());
    }
    let text = mermaid::write(&recording.diagram);
    if path == Path::new("-") { output::print(&text) } else { files::write(Some(path), &text) }
}

fn report(step: &Step, failure: &Failure) {
    let mut text = format!("\nThis isn't in the script: {}\n", failure.verdict);
    text.extend(failure.detail_lines().iter().map(|line| format!("  {line}\n")));
    if !failure.output.is_empty() {
        text += "\n  the end of what the program printed:\n";
    }
    text.extend(failure.output.iter().map(|line| format!("    {line}\n")));
    output::complain(&format!("{text}\n  more, with hints: cargo course grade {step}"));
}
