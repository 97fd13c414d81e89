//! `cargo class`: grades what the students of a class have handed in.

mod bundle;
mod convert;
mod desk;
mod format;
mod manifest;
mod page;
mod record;
mod student;
mod tables;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use desk::{Desk, Terms};
use record::{Record, Records};
use steps::Step;
use steps::cargo::{self, Build};
use steps::grading::{self, Grading, Subject};
use steps::report::{Obstacle, Report};
use student::Student;

/// Grade all students of a class
///
/// Takes the sources of the exercises from each student's folder, and nothing else: tests, support and references are those of
/// this course. Writes report.html, results.csv, results.json and junit.xml, and for each student the results as Gradescope reads
/// them. A program that doesn't compile, hangs or floods costs one student's marks and nobody else's. It still runs
/// as your user, and can read and write your files and use the network: grade strangers' code in a container.
#[derive(Parser)]
#[command(name = "cargo class", bin_name = "cargo class", version, max_term_width = 110)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = EXAMPLES)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    args: Option<Args>,
}

const EXAMPLES: &str = "Examples:
  cargo class handed-in/ --steps 1 2 3 --output report/
  cargo class --bundle gradescope --steps 1 2 3 --output autograder.zip
  cargo class convert report.json --format junit --output report.xml";

#[derive(Subcommand)]
enum Command {
    /// Convert a report of `cargo course grade --format json` to another format
    Convert(convert::Args),
}

/// How the class is graded.
#[derive(clap::Args)]
pub struct Args {
    /// A folder with a folder for each student: a clone of the course, or just its exercises
    #[arg(required_unless_present = "bundle")]
    folder: Option<PathBuf>,
    /// Steps, by name or number. Without this, all
    #[arg(long, num_args = 1.., value_name = "STEP")]
    steps: Vec<Step>,
    /// Where the report goes. What is there already of the same files isn't graded again
    #[arg(long, value_name = "FOLDER")]
    output: PathBuf,
    /// Don't grade, but write to the file --output what this service needs to grade on its machines
    #[arg(long, value_name = "SERVICE", conflicts_with_all = ["folder", "jobs", "with_manifests"])]
    bundle: Option<bundle::Service>,
    /// How many students are graded at a time. Without this, as many as there are cores
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Also take the dependencies that students have added: those of the registry, by their version
    #[arg(long)]
    with_manifests: bool,
    /// The longest that one step of one student may take to build
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    build_time: u64,
    /// The longest that all tests of one step may take for one student
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    run_time: u64,
}

/// A step with its tests.
pub struct Exam {
    step: Step,
    /// The test program.
    tests: PathBuf,
    names: Vec<String>,
}

impl Exam {
    /// Builds the tests of a step, from the course and not from what anybody has handed in.
    fn new(step: Step) -> Result<Self> {
        let tests = match cargo::tests(&step, "sol")? {
            Build::Program(program) => program,
            Build::Errors(errors) => anyhow::bail!("the tests of {step} don't build:\n{errors}"),
        };
        let names = grading::list(&tests)?;
        Ok(Self { step, tests, names })
    }

    /// The report on a student of whom this step could not be graded.
    fn not_graded(&self, obstacle: Obstacle) -> Report {
        Report::not_run(self.step.name(), &self.names, obstacle)
    }
}

fn main() -> ExitCode {
    let result = match CommandLine::parse() {
        CommandLine { command: Some(Command::Convert(args)), .. } => convert::run(&args),
        CommandLine { args: Some(args), .. } => run(&args),
        CommandLine { .. } => unreachable!("clap asks for a folder"),
    };
    result.unwrap_or_else(|error| {
        eprintln!("Error: {error:#}");
        ExitCode::from(2)
    })
}

fn run(args: &Args) -> Result<ExitCode> {
    let steps = if args.steps.is_empty() { Step::all()? } else { args.steps.clone() };
    if let Some(service) = args.bundle {
        bundle::write(service, &steps, &args.output)?;
        println!("{}", args.output.display());
        return Ok(ExitCode::SUCCESS);
    }
    let students = Student::all_in(args.folder.as_deref().context("there is no folder")?, &steps)?;
    let jobs =
        args.jobs.map(usize::from).or(thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let records = Records::in_folder(&args.output, tables::write)?;
    let (place, _lock) = place()?;
    eprintln!("Building the tests, and what all programs need ...");
    let exams: Result<Vec<Exam>> = steps.iter().cloned().map(Exam::new).collect();
    let terms = Terms { time: Duration::from_secs(args.build_time), with_manifests: args.with_manifests };
    let mut desks = vec![Desk::prepare(&place.join("1"), &steps, terms)?];
    for number in 2..=jobs.min(students.len()) {
        desks.push(desks[0].another(&place.join(number.to_string()))?);
    }
    let class = Class { exams: exams?, records, run_time: Duration::from_secs(args.run_time), terms };
    class.grade(&students, &desks)?;
    println!("{}", class.records.folder().join("report.html").display());
    Ok(ExitCode::SUCCESS)
}

/// Where the desks are: beside what cargo has built of this tool. One class is graded there at a time.
fn place() -> Result<(PathBuf, File)> {
    let tool = env::current_exe().context("the system doesn't say where this tool is")?;
    let place = tool.ancestors().nth(2).context("this tool is in no folder of cargo's")?.join("class");
    fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    let lock = File::create(place.join("lock"))?;
    if lock.try_lock().is_err() {
        eprintln!("Waiting for another class that is being graded ...");
        lock.lock()?;
    }
    Ok((place, lock))
}

struct Class {
    exams: Vec<Exam>,
    records: Records,
    run_time: Duration,
    terms: Terms,
}

impl Class {
    /// Grades several students at a time, one at each desk.
    fn grade(&self, students: &[Student], desks: &[Desk]) -> Result<()> {
        let waiting: Mutex<VecDeque<&Student>> = Mutex::new(students.iter().collect());
        let bar = ProgressBar::new(students.len() as u64).with_style(
            ProgressStyle::with_template("{wide_bar} {pos} of {len} students, {eta} left  {msg}")
                .expect("it is one"),
        );
        bar.tick();
        let results: Vec<Result<()>> = thread::scope(|scope| {
            let work = |desk| {
                loop {
                    let Some(student) = waiting.lock().unwrap().pop_front() else { return Ok(()) };
                    let record = self.record_of(student, desk)?;
                    self.records.add(&self.exams, record.clone())?;
                    if bar.is_hidden() {
                        eprintln!("{}", record.summary());
                    }
                    bar.set_message(record.student);
                    bar.inc(1);
                }
            };
            let jobs: Vec<_> = desks.iter().map(|desk| scope.spawn(move || work(desk))).collect();
            jobs.into_iter().map(|job| job.join().expect("no job panics")).collect()
        });
        bar.finish_and_clear();
        self.records.write(&self.exams)?;
        results.into_iter().collect()
    }

    /// What is known of a student's files already, or what grading them finds.
    fn record_of(&self, student: &Student, desk: &Desk) -> Result<Record> {
        let sources: Vec<_> = self.exams.iter().map(|exam| student.sources(&exam.step)).collect();
        let fingerprint = record::fingerprint(&self.exams, &sources, self.terms.with_manifests)?;
        if let Some(known) = self.records.known(&student.name, &fingerprint) {
            return Ok(known);
        }
        let start = Instant::now();
        let reports = self.exams.iter().zip(sources).map(|(exam, sources)| {
            self.report(exam, sources, desk).unwrap_or_else(|error| {
                // Not the student's fault, as far as one can tell, and nobody else's loss.
                exam.not_graded(Obstacle::new("not graded", format!("{error:#}")))
            })
        });
        let reports = reports.collect();
        let seconds = start.elapsed().as_secs_f64();
        Ok(Record { student: student.name.clone(), fingerprint, seconds, reports })
    }

    /// Builds and grades one step of one student.
    fn report(&self, exam: &Exam, sources: Result<Option<student::Sources>>, desk: &Desk) -> Result<Report> {
        let sources = match sources {
            Ok(Some(sources)) => sources,
            Ok(None) => {
                let message = "there is no folder src of this step";
                return Ok(exam.not_graded(Obstacle::new("not handed in", message)));
            }
            Err(error) => {
                return Ok(exam.not_graded(Obstacle::new("not accepted", format!("{error:#}"))));
            }
        };
        let program = match desk.build(&exam.step, &sources)? {
            Ok(program) => program,
            Err(obstacle) => return Ok(exam.not_graded(obstacle)),
        };
        let subject = Subject::Program(command_line(&program)?);
        Grading::new(&exam.step, &exam.tests, &subject).until(Instant::now() + self.run_time).run(&|_, _| {})
    }
}

/// The command line that starts `program`, whatever its path.
fn command_line(program: &Path) -> Result<String> {
    let path = program.to_string_lossy().replace('\\', "/");
    Ok(shlex::try_quote(&path).context("a strange path")?.into_owned())
}
