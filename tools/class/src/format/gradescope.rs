//! The results.json of an autograder on Gradescope (gradescope-autograders.readthedocs.io).

use anyhow::Result;
use serde::Serialize;

use steps::report::Report;

#[derive(Serialize)]
struct Results {
    score: usize,
    execution_time: f64,
    #[serde(skip_serializing_if = "String::is_empty")]
    output: String,
    output_format: &'static str,
    visibility: &'static str,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    score: usize,
    max_score: usize,
    status: &'static str,
    name: String,
    output: String,
}

pub fn write(reports: &[Report]) -> Result<String> {
    let tests: Vec<Test> = reports.iter().flat_map(tests).collect();
    let results = Results {
        score: tests.iter().map(|test| test.score).sum(),
        execution_time: reports.iter().map(|report| report.seconds).sum(),
        output: reports.iter().filter_map(obstacle).collect::<Vec<_>>().join("\n"),
        output_format: "text",
        visibility: "visible",
        tests,
    };
    Ok(serde_json::to_string_pretty(&results)? + "\n")
}

fn obstacle(report: &Report) -> Option<String> {
    report.obstacle.as_ref().map(|obstacle| format!("{}: {obstacle}", report.step))
}

/// A point for each test.
fn tests(report: &Report) -> impl Iterator<Item = Test> {
    report.tests.iter().map(|test| Test {
        score: usize::from(test.passed),
        max_score: 1,
        status: if test.passed { "passed" } else { "failed" },
        name: format!("{}: {}", report.step, test.title()),
        output: test.to_string(),
    })
}
