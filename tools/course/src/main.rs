//! `cargo course`: the student's companion.

mod diff;
mod grade;
mod hint;
mod human;
mod markdown;
mod overview;
mod progress;
mod reset;
mod todo;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use grade::Format;
use progress::Progress;
use steps::grading::Subject;
use steps::{Step, output};

/// Learn socket programming in Rust, step by step.
///
/// Without a command: list the steps, show which are done, and name what to do next.
#[derive(Parser)]
#[command(name = "cargo course", bin_name = "cargo course", version, max_term_width = 110)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a step's tests again each time you save
    ///
    /// Shows the compiler's errors, or how far each TODO is and the first test to fix. When all tests pass, it offers the
    /// reference, the chapter and the next step. Keys: h hint, l list, d diff, c chapter, n next step, q quit.
    Watch {
        /// A step's name or number. Without it, the first step that isn't done
        step: Option<Step>,
        /// Look at the files twice a second, where the operating system reports no changes (WSL, shared folders)
        #[arg(long)]
        poll: bool,
    },
    /// Run the tests of a step
    ///
    /// Exit code 0: all tests pass. 1: some tests fail. 2: the tests can't be run, for example because your code doesn't compile.
    #[command(after_help = "Examples:
  cargo course grade
  cargo course grade 02 --format full
  cargo course grade --all --solution --format json --output report.json
  cargo course grade 02 --submission \"python3 my_server.py\" --format json")]
    Grade(GradeArgs),
    /// Show the next of the three hints for a TODO, or the hint of a test that fails
    #[command(after_help = "Examples:
  cargo course hint             the first open TODO of the first step that isn't done
  cargo course hint 3           the first open TODO of step 03
  cargo course hint 3 5         TODO 5 of step 03
  cargo course hint 3 a_line    a test of step 03 by its name; part of the name is enough")]
    Hint {
        /// A step's name or number. Without it, the first step that isn't done
        step: Option<Step>,
        /// The number of a TODO, or the name of a test
        about: Option<String>,
    },
    /// Compare your files of a step with the reference, once all its tests pass
    Diff {
        /// A step's name or number. Without it, the first step that isn't done
        step: Option<Step>,
        /// Show the solution even if some tests fail
        #[arg(long)]
        spoil: bool,
    },
    /// Restore a step's files to their original state
    ///
    /// Your own files are kept, in a numbered folder in .course/backups.
    Reset {
        /// A step's name or number
        step: Step,
        /// Restore them without asking
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
struct GradeArgs {
    /// Names or numbers of steps. Without one, the first step that isn't done
    steps: Vec<Step>,
    /// Grade all steps
    #[arg(long, conflicts_with = "steps")]
    all: bool,
    /// Grade the reference solution instead of the exercise
    #[arg(long, conflicts_with = "submission")]
    solution: bool,
    /// Grade any program: a command line to which address and options are added
    #[arg(long, value_name = "CMD")]
    submission: Option<String>,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn main() -> ExitCode {
    output::exit(run(CommandLine::parse().command))
}

fn run(command: Option<Command>) -> Result<ExitCode> {
    let or_current = |step| Progress::load().step(step);
    let text = match command {
        Some(Command::Watch { step, poll }) => return watch::run(or_current(step)?, poll),
        Some(Command::Grade(args)) => return grade(&args),
        Some(Command::Reset { step, yes }) => return reset::run(&step, yes),
        Some(Command::Hint { step, about }) => hint::text(&or_current(step)?, about.as_deref())?,
        Some(Command::Diff { step, spoil }) => diff::text(&or_current(step)?, spoil)?,
        None => overview::text()?,
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn grade(args: &GradeArgs) -> Result<ExitCode> {
    let subject = match &args.submission {
        Some(command) => Subject::Program(command.clone()),
        None if args.solution => Subject::Solution,
        None => Subject::Exercise,
    };
    let steps = match &args.steps[..] {
        _ if args.all => Step::all()?,
        [] => vec![Progress::load().step(None)?],
        steps => steps.to_vec(),
    };
    grade::run(&steps, &subject, args.format, args.output.as_deref())
}
