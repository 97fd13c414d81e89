//! What GitHub Classroom's grading reporter takes from a grader. It has no published schema; this is what its source reads and what
//! its sibling autograding-io-grader writes, as types (github.com/classroom-resources: src/main.js, src/notify-classroom.js,
//! src/aggregate-results.js). An unknown field or a wrong type is an error.

// Fields are here to be known.
#![allow(dead_code)]

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    pub version: u32,
    pub status: Status,
    pub max_score: u32,
    pub tests: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    pub status: Status,
    pub score: u32,
    pub message: Option<String>,
    pub test_code: String,
    pub filename: String,
    pub line_no: u32,
    pub duration: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pass,
    Fail,
    Error,
}

/// Reads `text` as the reporter does, and holds it to what its sums depend on.
pub fn read(text: &str) -> Results {
    let results: Results = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    // It counts the tests that pass in one place and adds up scores in another.
    let passed = results.tests.iter().filter(|test| test.status == Status::Pass).count();
    let points: u32 = results.tests.iter().map(|test| test.score).sum();
    assert_eq!((points as usize, results.max_score as usize), (passed, results.tests.len()));
    assert_eq!(results.status == Status::Pass, passed == results.tests.len());
    results
}

/// Reads what the reporter finds in its environment variable.
pub fn decode(variable: &str) -> Results {
    // Linux: MAX_ARG_STRLEN, of the variable with its name.
    assert!(variable.len() + "GRADING_RESULTS=".len() < 128 * 1024, "no process can be started with it");
    let bytes = BASE64_STANDARD.decode(variable).expect("base64, and nothing else");
    read(std::str::from_utf8(&bytes).unwrap())
}
