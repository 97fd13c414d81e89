//! What grading writes for other programs is read back here as those read it. The class: a right student, one whose program doesn't
//! compile, one who has handed in nothing, and one whose program prints what is special in some format.

#[path = "readers/gradescope.rs"]
mod gradescope;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use grader::Report;
use serde_json::{Value, json};

const STUDENTS: [(&str, Option<&str>); 4] = [
    ("=1+1", Some(include_str!("../../../solutions/01_basic_single/src/main.rs"))),
    ("Zoë, \"the\" <Second> & 'Third'", Some(PRINTS)),
    ("broken", Some("fn main() { let text: &str = 1; }")),
    ("late", None),
];

/// It ends at once, so that each failure quotes it.
const PRINTS: &str = r#"fn main() { println!("a,\"b\";\t]]> <c> &amp; \u{1b}[31m\u{7}\u{9b}\u{2028}\u{202e}\u{0}\u{feff}\u{ffff} {{d}} ::error::"); }"#;

/// What of it would command a terminal, an editor or a browser.
const COMMANDS: [char; 6] = ['\u{1b}', '\u{7}', '\u{9b}', '\u{2028}', '\u{202e}', '\0'];

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

    let passed = results_json(&report.join("results.json"));
    assert!(
        passed.values().any(|(passed, of)| passed == of) && passed.values().any(|(passed, _)| *passed == 0)
    );
    assert_eq!(results_csv(&report.join("results.csv")), passed);
    for (student, (passed, of)) in &passed {
        let file = |name| fs::read_to_string(report.join("students").join(student).join(name)).unwrap();
        let results = gradescope::read(&file("gradescope.json"));
        assert_eq!(results.score.to_string(), passed.to_string(), "{student}");
        assert_eq!(results.tests.len(), *of, "{student}");
    }
    junit_xml(&report.join("junit.xml"), &passed);
    report_html(&report.join("report.html"));
    nothing_is_a_command(&report);
}

fn report_html(path: &Path) {
    let page = fs::read_to_string(path).unwrap();
    assert!(page.contains("did not build") && !page.contains("http"), "it needs nothing from elsewhere");
    assert!(cfg!(windows) || page.contains("&lt;Second&gt; &amp;") && !page.contains("<Second>"), "{page}");
}

/// The data has what was printed, and no other format: there it is written as its number, for people.
fn nothing_is_a_command(report: &Path) {
    let read = |file: &Path| fs::read_to_string(file).unwrap();
    let (_, students) = class_of(&report.join("results.json"));
    let (name, reports) = students.iter().find(|(name, _)| name.starts_with('Z')).unwrap();
    let failures = reports[0].tests.iter().filter_map(|test| test.failure.as_ref());
    assert!(failures.flat_map(|failure| &failure.output).any(|printed| printed.line.contains(COMMANDS)));

    let student = report.join("students").join(name);
    let one = report.join("one.json");
    fs::write(&one, serde_json::to_string(&reports[0]).unwrap()).unwrap();
    let convert = |format: &str| {
        let mut class = Command::new(env!("CARGO_BIN_EXE_class"));
        let output = class.arg("convert").arg(&one).args(["--format", format]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (name, text) in [
        ("junit.xml", read(&report.join("junit.xml"))),
        ("report.html", read(&report.join("report.html"))),
        ("gradescope.json", text_of(&read(&student.join("gradescope.json")))),
        ("junit", convert("junit")),
        ("markdown", convert("markdown")),
        ("gradescope", text_of(&convert("gradescope"))),
    ] {
        assert!(text.contains(r"\u{1b}[31m\u{7}\u{9b}\u{2028}\u{202e}"), "{name}: {text}");
        assert!(!text.contains(COMMANDS), "{name}: {text}");
    }
}

/// All strings of a JSON document, as its reader shows them.
fn text_of(json: &str) -> String {
    match serde_json::from_str(json).unwrap() {
        serde_json::Value::String(text) => text,
        serde_json::Value::Array(values) => values.iter().map(|value| text_of(&value.to_string())).collect(),
        serde_json::Value::Object(fields) => {
            fields.values().map(|value| text_of(&value.to_string())).collect()
        }
        _ => String::new(),
    }
}

fn name_of_folder(name: &str) -> &str {
    if cfg!(windows) { "Zoë" } else { name }
}

/// How many tests each student passes, of how many.
type Passed = BTreeMap<String, (usize, usize)>;

fn results_json(path: &Path) -> Passed {
    let (steps, students) = class_of(path);
    let mut passed = Passed::new();
    for (student, reports) in students {
        assert_eq!(reports.len(), steps.len());
        for (report, step) in reports.iter().zip(&steps) {
            let names: Vec<&str> = report.tests.iter().map(|test| test.name.as_str()).collect();
            assert_eq!(*step, json!({ "step": report.step, "tests": names }));
        }
        let sum = |count: fn(&Report) -> usize| reports.iter().map(count).sum();
        passed.insert(student, (sum(Report::passed), sum(|report| report.tests.len())));
    }
    passed
}

/// The steps of results.json, and each student with the reports.
fn class_of(path: &Path) -> (Vec<Value>, Vec<(String, Vec<Report>)>) {
    let class: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let students = class["students"].as_array().unwrap().iter();
    let student = |record: &Value| {
        let reports = serde_json::from_value(record["reports"].clone()).unwrap();
        (record["student"].as_str().unwrap().to_owned(), reports)
    };
    (class["steps"].as_array().unwrap().clone(), students.map(student).collect())
}

/// A name that a spreadsheet would run has a quote before it.
fn results_csv(path: &Path) -> Passed {
    let mut table = csv::Reader::from_path(path).unwrap();
    let head = table.headers().unwrap().clone();
    let step = "01_basic_single";
    let columns = [step.to_owned() + " passed", step.to_owned() + " of", step.to_owned() + " obstacle"];
    let expected =
        ["student", "passed", "of", "seconds"].into_iter().chain(columns.iter().map(String::as_str));
    assert_eq!(head, expected.collect::<Vec<_>>());
    let rows = table.records().map(|row| {
        let row = row.unwrap();
        assert!(row[3].parse::<f64>().is_ok() && !row[0].starts_with('='), "{row:?}");
        assert_eq!(&row[0] == "broken", &row[6] == "did not build", "{row:?}");
        let number = |column: usize| row[column].parse().unwrap();
        let student = row[0].strip_prefix("'=").map_or(row[0].to_owned(), |rest| format!("={rest}"));
        (student, (number(1), number(2)))
    });
    rows.collect()
}

/// By the schema of Jenkins, if xmllint is there.
fn junit_xml(path: &Path, passed: &Passed) {
    let text = fs::read_to_string(path).unwrap();
    let failed: usize = passed.values().map(|(passed, of)| of - passed).sum();
    assert_eq!(text.matches("<failure ").count(), failed);
    assert_eq!(text.matches("<testsuite ").count(), passed.len());
    assert!(text.contains("\"broken/01_basic_single\"") && !text.contains("<Second>"), "{text}");
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/junit-10.xsd");
    match Command::new("xmllint").args(["--noout", "--schema", schema]).arg(path).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => eprintln!("junit.xml is not compared with its schema: xmllint: {error}"),
    }
}
