//! The result that GitHub Classroom's grading reporter reads (github.com/classroom-resources/autograding-grading-reporter), as its
//! graders write it.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use steps::report::Report;

/// The reporter takes it from an environment variable, as base64, and on Linux none can be longer than 128 KiB.
const LONGEST: usize = 95_000;

#[derive(Serialize)]
struct Outcome {
    version: u32,
    status: &'static str,
    max_score: usize,
    tests: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    status: &'static str,
    score: usize,
    message: String,
    test_code: String,
    filename: String,
    line_no: u32,
    /// In milliseconds.
    duration: u64,
}

pub fn write(reports: &[Report]) -> Result<String> {
    let mut text = String::new();
    for message in [usize::MAX, 4000, 2000, 1000, 500, 250, 100, 0] {
        text = write_cut(reports, message)?;
        if text.len() <= LONGEST {
            break;
        }
    }
    Ok(text)
}

/// No message has more than `longest` characters, and what says that there were more.
fn write_cut(reports: &[Report], longest: usize) -> Result<String> {
    let status = if reports.iter().all(Report::all_pass) { "pass" } else { "fail" };
    let mut tests: Vec<Entry> = reports.iter().flat_map(tests).collect();
    for Entry { message, .. } in &mut tests {
        if let Some((end, _)) = message.char_indices().nth(longest) {
            message.replace_range(end.., " ...");
        }
    }
    Ok(serde_json::to_string(&Outcome { version: 1, status, max_score: tests.len(), tests })? + "\n")
}

/// A point for each test.
fn tests(report: &Report) -> impl Iterator<Item = Entry> {
    let obstacle = report.obstacle.as_ref().map(|obstacle| format!("{}: {obstacle}", report.step));
    report.tests.iter().enumerate().map(move |(number, test)| Entry {
        name: format!("{}: {}", report.step, test.title()),
        status: if test.passed { "pass" } else { "fail" },
        score: usize::from(test.passed),
        // Once is enough.
        message: obstacle.clone().filter(|_| number == 0).unwrap_or_else(|| test.to_string()),
        test_code: format!("cargo course grade {}", report.step),
        filename: format!("tests/{}.rs", report.step),
        line_no: 0,
        duration: Duration::from_secs_f64(test.seconds).as_millis().try_into().unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use steps::report::TestReport;

    #[test]
    fn it_fits_into_an_environment_variable() {
        let failed = |number| TestReport {
            panic: Some("\u{1b}ä\"\n".repeat(10_000)),
            ..TestReport::new(
                &format!("module::test_{number}_with_a_name_of_the_usual_length_and_some"),
                false,
                1.0,
            )
        };
        let reports = [Report::new("01_basic_single", (0..300).map(failed).collect(), 1.0)];
        let text = write(&reports).unwrap();
        assert!(text.len() <= LONGEST, "{}", text.len());
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}
