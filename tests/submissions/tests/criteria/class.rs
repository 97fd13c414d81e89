//! A class of synthetic students, graded by `cargo class`: right submissions and wrong ones, some that don't compile, some that
//! are hostile to the compiler or to the grader. `CLASS=200` makes it as large as a lecture.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use grader::Report;
use serde_json::Value;

use crate::grade::Busy;
use rules::course;
use steps::stub;
use submissions::wrong::STEPS;

const CLASS_STEPS: [&str; 3] = ["01_basic_single", "02_threaded", "03_enhanced"];

/// What must be found in what a student has handed in for one step.
enum Expected {
    /// These tests fail, and all others pass.
    Fails(BTreeSet<String>),
    /// It could not be graded, with this verdict.
    Obstacle(&'static str),
    /// It is graded, and some tests fail.
    Unmet,
}

/// What a student has handed in for one step.
struct HandIn {
    name: String,
    files: Vec<(String, String)>,
    expected: Expected,
}

impl HandIn {
    fn new(name: &str, files: Vec<(String, String)>, expected: Expected) -> Self {
        Self { name: name.to_owned(), files, expected }
    }

    /// A program in one file.
    fn main(name: &str, source: &str, expected: Expected) -> Self {
        let library = ("src/lib.rs".to_owned(), String::new()); // step 03 has one
        Self::new(name, vec![("src/main.rs".to_owned(), source.to_owned()), library], expected)
    }

    /// A program that another one takes the place of, `execve(2)`.
    fn of_program(name: &str, program: &str, words: &[&str], expected: Expected) -> Self {
        let source = format!(
            "use std::os::unix::process::CommandExt;\n\nfn main() {{\n    let words = std::env::args_os().skip(1);\n    \
             panic!(\"{{}}\", std::process::Command::new({program:?}).args(&{words:?} as &[&str]).args(words).exec());\n}}\n"
        );
        Self::main(name, &source, expected)
    }
}

#[test]
fn a_class_is_graded_as_expected() {
    let count = std::env::var("CLASS").map_or(6, |count| count.parse().expect("CLASS is a number"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("class");
    let _ = fs::remove_dir_all(&folder);
    let catalogue = CLASS_STEPS.map(hand_ins);
    let student = |number: usize| format!("student-{number:03}");
    for number in 0..count {
        for (step, hand_ins) in CLASS_STEPS.iter().zip(&catalogue) {
            let place = folder.join("handed-in").join(student(number)).join("exercises").join(step);
            fs::create_dir_all(&place).expect("the folder is writable");
            for (path, content) in &pick(hand_ins, number, count).files {
                let path = place.join(path);
                fs::create_dir_all(path.parent().expect("it is in a folder")).expect("as above");
                fs::write(path, content).expect("as above");
            }
        }
    }
    let results = grade_class(&folder);
    let students = results["students"].as_array().expect("there are students");
    assert_eq!(students.len(), count);
    let mut surprises = String::new();
    for (number, found) in students.iter().enumerate() {
        assert_eq!(found["student"], student(number));
        let reports: Vec<Report> =
            serde_json::from_value(found["reports"].clone()).expect("they are reports");
        for (report, hand_ins) in reports.iter().zip(&catalogue) {
            let hand_in = pick(hand_ins, number, count);
            if let Some(surprise) = surprise(&hand_in.expected, report) {
                let (student, step) = (student(number), &report.step);
                let _ = writeln!(surprises, "{student}, {step} {}: {surprise}", hand_in.name);
            }
        }
    }
    assert!(surprises.is_empty(), "{surprises}");
}

/// A small class has the first of them, and some from all over the list; a large one has them all again and again.
fn pick(hand_ins: &[HandIn], number: usize, count: usize) -> &HandIn {
    &hand_ins[if count < hand_ins.len() { number * hand_ins.len() / count } else { number % hand_ins.len() }]
}

/// All kinds of hand-ins for one step.
fn hand_ins(step: &str) -> Vec<HandIn> {
    let folder = Path::new(env!("CARGO_BIN_EXE_wrong")).parent().expect("it is in a folder");
    let program = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let sources = |is_open: bool| {
        let step = step.parse().expect("it is a step");
        let sources = stub::sources(&step, &format!("ex{step}"), |_| is_open).expect("stubs can be made");
        sources.into_iter().collect()
    };
    let mut all = vec![
        HandIn::new("the solution", sources(false), Expected::Fails(BTreeSet::new())),
        HandIn::new("the stub", sources(true), Expected::Unmet),
        HandIn::new("nothing", Vec::new(), Expected::Obstacle("not handed in")),
        HandIn::main(
            "no Rust",
            "fn main() { let number: u32 = \"one\"; }\n",
            Expected::Obstacle("did not build"),
        ),
        HandIn::main(
            "no end of the compiler",
            "#![allow(long_running_const_eval)]\nconst END: () = loop {};\nfn main() { END }\n",
            Expected::Obstacle("did not build"),
        ),
        HandIn::main(
            "no end of a file",
            "fn main() { println!(\"{}\", include_bytes!(\"/dev/zero\").len()); }\n",
            Expected::Obstacle("did not build"),
        ),
        HandIn::main("a busy loop", "fn main() { loop {} }\n", Expected::Unmet),
        HandIn::main(
            "a full disk",
            "use std::io::Write;\n\nfn main() {\n    \
             let path = std::env::temp_dir().join(format!(\"echo-full-{}\", std::process::id()));\n    \
             let mut file = std::fs::File::create(&path).unwrap();\n    let _ = std::fs::remove_file(&path);\n    \
             while file.write_all(&[1; 1 << 20]).is_ok() {}\n}\n",
            Expected::Unmet,
        ),
    ];
    // They take the most time of all: once is enough.
    for trick in crate::hostile::tricks().filter(|_| step.starts_with("02")) {
        all.push(HandIn::of_program(trick, &program("hostile"), &[trick], Expected::Unmet));
    }
    for file in rules::names_in(&course().join("tests/submissions/src/bin")) {
        let name = file.trim_end_matches(".rs");
        if name.starts_with(&format!("right_{}_", &step[..2])) {
            all.push(HandIn::of_program(name, &program(name), &[], Expected::Fails(BTreeSet::new())));
        }
    }
    let (_, mistakes, _) =
        STEPS.iter().find(|(name, ..)| *name == step).expect("there are wrong ones for each step");
    for mistake in *mistakes {
        let fails = mistake.fails.iter().map(|&test| test.to_owned()).collect();
        all.push(HandIn::of_program(
            mistake.name,
            &program("wrong"),
            &[step, mistake.name],
            Expected::Fails(fails),
        ));
    }
    all
}

/// What is not as expected.
fn surprise(expected: &Expected, report: &Report) -> Option<String> {
    match (expected, &report.obstacle) {
        (Expected::Obstacle(verdict), obstacle) => {
            let found = obstacle.as_ref().map_or("no obstacle", |obstacle| &obstacle.verdict);
            (found != *verdict).then(|| found.to_owned())
        }
        (_, Some(obstacle)) => Some(obstacle.to_string()),
        (Expected::Unmet, None) => report.all_pass().then(|| "all tests pass".to_owned()),
        (Expected::Fails(fails), None) => {
            // Not all tests are compiled, or can be graded, everywhere: what isn't in the report can't surprise.
            let surprises = report.tests.iter().filter(|test| test.passed == fails.contains(&test.name));
            let told: Vec<String> =
                surprises.map(|test| format!("\n{}: {}\n{test}", test.name, test.verdict())).collect();
            (!told.is_empty()).then(|| told.concat())
        }
    }
}

/// Runs the tool as an instructor does, and reads what it has found.
fn grade_class(folder: &Path) -> Value {
    // It keeps the processor as busy as all that other tests may grade at a time.
    let _busy = Busy::alone();
    let status = Command::new(grader::course_program("class", "class"))
        .args(["--jobs", "2", "--build-time", "60", "--output"])
        .arg(folder.join("report"))
        .arg(folder.join("handed-in"))
        .arg("--steps")
        .args(CLASS_STEPS)
        .status()
        .expect("the tool is built");
    assert!(status.success(), "{status}");
    let text = fs::read_to_string(folder.join("report/results.json")).expect("it is written");
    serde_json::from_str(&text).expect("it is JSON")
}
