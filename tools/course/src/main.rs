//! `cargo course`: the student's companion.

mod diff;
mod grade;
mod hint;
mod human;
mod overview;
mod progress;
mod reset;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use grade::Format;
use steps::Step;
use steps::grading::Subject;

/// Learn socket programming in Rust, step by step.
///
/// Without a command: the steps, what of them is done, and what to do next.
#[derive(Parser)]
#[command(name = "cargo course", bin_name = "cargo course", version, max_term_width = 110)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a step's tests again each time that you save
    ///
    /// Shows what doesn't compile, or the first test that fails with all that was said on the wire. Goes on to the next step when
    /// all tests pass. Keys: h hint, l list, n next step, q quit.
    Watch {
        /// Where to begin: a step's name or number. Without one, the first that isn't done
        step: Option<Step>,
        /// Look at the files twice a second, where the system tells of no changes (WSL, shared folders)
        #[arg(long)]
        poll: bool,
    },
    /// Run the tests of steps
    ///
    /// Exit code 0: all tests pass. 1: some fail. 2: they could not be run; perhaps your code doesn't compile.
    #[command(after_help = "Examples:
  cargo course grade 02
  cargo course grade --solution --format json --output report.json
  cargo course grade 02 --submission \"python3 my_server.py\" --format json")]
    Grade(GradeArgs),
    /// Show the next of the three hints for a TODO, or the hint of a test that fails
    #[command(after_help = "Examples:
  cargo course hint             the first open TODO of the first step that isn't done
  cargo course hint 3           the first open TODO of step 03
  cargo course hint 3 5         TODO 5 of step 03
  cargo course hint 3 a_line    a test of step 03 by its name; part of the name is enough")]
    Hint {
        /// A step's name or number
        step: Option<Step>,
        /// The number of a TODO, or the name of a test
        about: Option<String>,
    },
    /// Compare your files of a step with the reference, once all its tests pass
    Diff {
        /// A step's name or number
        step: Step,
        /// Also if you haven't solved it yet
        #[arg(long)]
        spoil: bool,
    },
    /// Restore a step's files to their original state
    ///
    /// Your own files are kept, in a numbered folder in .course/backups.
    Reset {
        /// A step's name or number
        step: Step,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
struct GradeArgs {
    /// Steps, by name or number. Without one, all
    steps: Vec<Step>,
    /// Grade the reference solution instead of the exercise
    #[arg(long, conflicts_with = "submission")]
    solution: bool,
    /// Grade any program: a command line to which address and options are added
    #[arg(long, value_name = "CMD")]
    submission: Option<String>,
    /// How to tell the result
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write it to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn main() -> ExitCode {
    let result = match CommandLine::parse().command {
        None => overview::run(),
        Some(Command::Watch { step, poll }) => watch::run(step, poll),
        Some(Command::Grade(args)) => grade(&args),
        Some(Command::Hint { step, about }) => hint::run(step.as_ref(), about.as_deref()),
        Some(Command::Diff { step, spoil }) => diff::run(&step, spoil),
        Some(Command::Reset { step, yes }) => reset::run(&step, yes),
    };
    result.unwrap_or_else(|error| {
        eprintln!("Error: {error:#}");
        ExitCode::from(2)
    })
}

fn grade(args: &GradeArgs) -> anyhow::Result<ExitCode> {
    let subject = match &args.submission {
        Some(command) => Subject::Program(command.clone()),
        None if args.solution => Subject::Solution,
        None => Subject::Exercise,
    };
    grade::run(&args.steps, &subject, args.format, args.output.as_deref())
}
