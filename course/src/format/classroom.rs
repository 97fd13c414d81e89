//! The result that GitHub Classroom's grading reporter reads (github.com/classroom-resources/autograding-grading-reporter).

use anyhow::Result;
use serde::Serialize;

use crate::report::Report;

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
    execution_time: String,
}

pub fn write(reports: &[Report]) -> Result<String> {
    let status = if reports.iter().all(Report::is_met) { "pass" } else { "fail" };
    let tests: Vec<Entry> = reports.iter().flat_map(tests).collect();
    Ok(serde_json::to_string_pretty(&Outcome { version: 1, status, max_score: tests.len(), tests })? + "\n")
}

/// A point for each criterion.
fn tests(report: &Report) -> impl Iterator<Item = Entry> {
    let obstacle = report.obstacle_text();
    report.criteria.iter().enumerate().map(move |(number, criterion)| Entry {
        name: format!("{}: {}", report.step, criterion.title),
        status: if criterion.met { "pass" } else { "fail" },
        score: usize::from(criterion.met),
        // Once is enough.
        message: obstacle.clone().filter(|_| number == 0).unwrap_or_else(|| criterion.text()),
        test_code: format!("cargo course grade {}", report.step),
        filename: format!("tests/{}.rs", report.step),
        line_no: 0,
        execution_time: format!("{:.0}ms", criterion.seconds * 1000.0),
    })
}
