//! What grading writes for other programs is read back here as those read it. The class: a right student, one whose program doesn't
//! compile, one who has handed in nothing, and one whose program prints what is special in some format.

#[path = "readers/classroom.rs"]
mod classroom;
#[path = "readers/gradescope.rs"]
mod gradescope;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

const STUDENTS: [(&str, Option<&str>); 4] = [
    ("=1+1", Some(include_str!("../../../solutions/01_basic_single/src/main.rs"))),
    ("Zoë, \"the\" <Second> & 'Third'", Some(PRINTS)),
    ("broken", Some("fn main() { let text: &str = 1; }")),
    ("late", None),
];

/// It ends at once, so that each failure quotes it.
const PRINTS: &str =
    r#"fn main() { println!("a,\"b\";\t]]> <c> &amp; \u{1b}[31m\u{0}\u{feff}\u{ffff} {{d}} ::error::"); }"#;

/// results.json, which only this course defines.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    steps: Vec<Step>,
    students: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    step: String,
    criteria: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Record {
    student: String,
    fingerprint: String,
    seconds: f64,
    reports: Vec<Report>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Report {
    step: String,
    met: usize,
    failed: usize,
    seconds: f64,
    criteria: Vec<Criterion>,
    obstacle: Option<Obstacle>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Criterion {
    name: String,
    title: String,
    met: bool,
    verdict: String,
    seconds: f64,
    message: String,
    conversation: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Obstacle {
    verdict: String,
    message: String,
}

#[test]
fn every_format_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let (class, report) = (folder.path().join("class"), folder.path().join("report"));
    for (name, program) in STUDENTS {
        // Windows has no files with such names.
        let src = class.join(name_of_folder(name)).join("01_basic_single/src");
        fs::create_dir_all(&src).unwrap();
        match program {
            Some(program) => fs::write(src.join("main.rs"), program).unwrap(),
            None => fs::remove_dir(&src).unwrap(),
        }
    }
    let mut course = Command::new(env!("CARGO_BIN_EXE_class"));
    course.arg(&class).args(["--steps", "1", "--jobs", "1", "--output"]).arg(&report);
    let output = course.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let met = results_json(&report.join("results.json"));
    assert!(met.values().any(|(met, of)| met == of) && met.values().any(|(met, _)| *met == 0));
    assert_eq!(results_csv(&report.join("results.csv")), met);
    for (student, (met, of)) in &met {
        let file = |name| fs::read_to_string(report.join("students").join(student).join(name)).unwrap();
        let results = gradescope::read(&file("gradescope.json"));
        assert_eq!(results.score.map(|score| score.to_string()), Some(met.to_string()), "{student}");
        assert_eq!(results.tests.unwrap().len(), *of, "{student}");
        let results = classroom::read(&file("classroom.json"));
        let points: u32 = results.tests.iter().map(|test| test.score).sum();
        assert_eq!((points as usize, results.tests.len()), (*met, *of), "{student}");
    }
    junit_xml(&report.join("junit.xml"), &met);
}

fn name_of_folder(name: &str) -> &str {
    if cfg!(windows) { "Zoë" } else { name }
}

/// How many criteria each student meets, of how many.
type Met = BTreeMap<String, (usize, usize)>;

fn results_json(path: &Path) -> Met {
    let class: Class = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut met = Met::new();
    for Record { student, reports, .. } in class.students {
        assert_eq!(reports.len(), class.steps.len());
        for (report, step) in reports.iter().zip(&class.steps) {
            assert_eq!(report.step, step.step);
            let names: Vec<&String> = report.criteria.iter().map(|criterion| &criterion.name).collect();
            assert_eq!(names, step.criteria.iter().collect::<Vec<_>>());
            assert_eq!(report.met, report.criteria.iter().filter(|criterion| criterion.met).count());
            assert_eq!(report.met + report.failed, step.criteria.len());
        }
        let sum = |count: fn(&Report) -> usize| reports.iter().map(count).sum();
        met.insert(student, (sum(|report| report.met), sum(|report| report.criteria.len())));
    }
    met
}

/// A name that a spreadsheet would run has a quote before it.
fn results_csv(path: &Path) -> Met {
    let mut table = csv::Reader::from_path(path).unwrap();
    let head = table.headers().unwrap().clone();
    let step = "01_basic_single";
    let columns = [step.to_owned() + " met", step.to_owned() + " of", step.to_owned() + " obstacle"];
    let expected = ["student", "met", "of", "seconds"].into_iter().chain(columns.iter().map(String::as_str));
    assert_eq!(head, expected.collect::<Vec<_>>());
    let rows = table.records().map(|row| {
        let row = row.unwrap();
        assert!(row[3].parse::<f64>().is_ok(), "{row:?}");
        let number = |column: usize| row[column].parse().unwrap();
        let student = row[0].strip_prefix("'=").map_or(row[0].to_owned(), |rest| format!("={rest}"));
        (student, (number(1), number(2)))
    });
    rows.collect()
}

/// By the schema of Jenkins, if xmllint is there.
fn junit_xml(path: &Path, met: &Met) {
    let text = fs::read_to_string(path).unwrap();
    let failed: usize = met.values().map(|(met, of)| of - met).sum();
    assert_eq!(text.matches("<failure ").count(), failed);
    assert_eq!(text.matches("<testsuite ").count(), met.len());
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/junit-10.xsd");
    match Command::new("xmllint").args(["--noout", "--schema", schema]).arg(path).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => eprintln!("junit.xml is not compared with its schema: xmllint: {error}"),
    }
}
