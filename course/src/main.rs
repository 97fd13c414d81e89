//! `cargo course`: the student's companion and the instructor's desk.

mod bench;
mod child;
mod class;
mod compile;
mod course;
mod demo;
mod diff;
mod format;
mod grade;
mod hint;
mod overview;
mod page;
mod progress;
mod report;
mod reset;
mod tree;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use course::Step;
use format::Format;

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
    /// Grade a step again each time that you save
    ///
    /// Shows what doesn't compile, or the first criterion that isn't met with all that was said on the wire. Goes on to the
    /// next step when all are met. Keys: h hint, l list, n next step, q quit.
    Watch {
        /// Where to begin: a step's name or number. Without one, the first that isn't done
        step: Option<Step>,
        /// Look at the files twice a second, where the system tells of no changes (WSL, shared folders)
        #[arg(long)]
        poll: bool,
    },
    /// Grade steps by their criteria
    ///
    /// Exit code 0: all criteria are met. 1: some are not. 2: it could not be graded, for it doesn't compile, say.
    #[command(after_help = "Examples:
  cargo course grade 02
  cargo course grade --solution --format junit --output report.xml
  cargo course grade 02 --submission \"python3 my_server.py\" --format json")]
    Grade(GradeArgs),
    /// Show what a step is about: its server, a cast of clients, and a sequence diagram that grows arrow by arrow
    ///
    /// Without a terminal, the diagram is printed as text, without pauses. Keys: space or Enter next, a goes on by itself,
    /// arrows and Page Up look back, q quit. Exit code 0: it went as in the script. 1: it didn't. 2: it could not be shown.
    #[command(after_help = "Examples:
  cargo course demo 01
  cargo course demo 01 --mine
  cargo course demo 02 --submission \"python3 my_server.py\" --auto
  cargo course demo 03 --plain | less
  cargo course demo 03 --mermaid 03.mmd")]
    Demo(DemoArgs),
    /// Show the next hint to a step; each is stronger than the one before
    Hint {
        /// A step's name or number
        step: Step,
        /// The hint of this criterion, which says what to think of. Part of its name is enough
        criterion: Option<String>,
    },
    /// Compare your files of a step with the reference, once all its criteria are met
    Diff {
        /// A step's name or number
        step: Step,
        /// Also if you haven't solved it yet
        #[arg(long)]
        spoil: bool,
    },
    /// Put a step's files back as they were in the beginning
    ///
    /// Your own files are kept, in .course/backups, in a folder with the date.
    Reset {
        /// A step's name or number
        step: Step,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Grade all students of a class
    ///
    /// From each student's folder the sources of the exercises are taken, and nothing else: criteria, support and references are those of
    /// this course. Writes report.html, results.csv, results.json and junit.xml, and for each student the results as Gradescope and GitHub
    /// Classroom read them. What doesn't compile, hangs or floods is one student's failure and nobody else's loss; still it runs
    /// as your user, and can read and write your files and use the network: grade strangers' code in a container.
    #[command(after_help = "Examples:
  cargo course class handed-in/ --steps 1 2 3 --output report/
  cargo course class --bundle gradescope --steps 1 2 3 --output autograder.zip")]
    Class(class::Args),
    /// Measure how fast servers are: the speed lab
    ///
    /// Builds the servers in release and starts each on loopback, one at a time, again for each measurement. They take turns in rounds, and
    /// the first is a bare blocking loop, which all others are compared with. Told are the median of the rounds, the lowest and
    /// the highest, and ratios within a round. What fails is counted and shown. Only ratios of one run can be compared, and only of a machine
    /// that does nothing else. Each byte that comes back is checked.
    ///
    /// Exit code 0: all was echoed. 1: something failed. 2: it could not be measured.
    #[command(after_help = bench::EXAMPLES)]
    Bench(bench::Args),
}

#[derive(Args)]
struct DemoArgs {
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
        Some(Command::Demo(args)) => demo(args),
        Some(Command::Hint { step, criterion }) => hint::run(&step, criterion.as_deref()),
        Some(Command::Diff { step, spoil }) => diff::run(&step, spoil),
        Some(Command::Class(args)) => class::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Reset { step, yes }) => reset::run(&step, yes),
    };
    result.unwrap_or_else(|error| {
        eprintln!("Error: {error:#}");
        ExitCode::from(2)
    })
}

fn grade(args: &GradeArgs) -> anyhow::Result<ExitCode> {
    let subject = match &args.submission {
        Some(command) => grade::Subject::Program(command.clone()),
        None if args.solution => grade::Subject::Solution,
        None => grade::Subject::Exercise,
    };
    grade::run(&args.steps, &subject, args.format, args.output.as_deref())
}

fn demo(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let subject = match args.submission {
        Some(command) => grade::Subject::Program(command),
        None if args.mine => grade::Subject::Exercise,
        None => grade::Subject::Solution,
    };
    let view = demo::View { auto: args.auto, pace: args.pace, plain: args.plain, mermaid: args.mermaid };
    demo::run(&args.step, &subject, &view)
}
