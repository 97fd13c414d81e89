//! What Gradescope takes as results.json, field by field. It has no published schema; this is its documentation as types
//! (gradescope-autograders.readthedocs.io/en/latest/specs, "Output format"). An unknown field or a wrong type is an error.

// Fields are here to be known.
#![allow(dead_code)]

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    pub score: Option<f64>,
    pub execution_time: Option<f64>,
    pub output: Option<String>,
    pub output_format: Option<TextFormat>,
    pub test_output_format: Option<TextFormat>,
    pub test_name_format: Option<TextFormat>,
    pub visibility: Option<Visibility>,
    pub stdout_visibility: Option<Visibility>,
    pub extra_data: Option<Map<String, Value>>,
    pub tests: Option<Vec<Test>>,
    pub leaderboard: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    pub score: Option<f64>,
    pub max_score: Option<f64>,
    pub status: Option<Status>,
    pub name: Option<String>,
    pub name_format: Option<TextFormat>,
    pub number: Option<String>,
    pub output: Option<String>,
    pub output_format: Option<TextFormat>,
    pub tags: Option<Vec<String>>,
    pub visibility: Option<Visibility>,
    pub extra_data: Option<Map<String, Value>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Passed,
    Failed,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    Hidden,
    AfterDueDate,
    AfterPublished,
    Visible,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    Text,
    Html,
    SimpleFormat,
    Md,
    Ansi,
}

/// Reads `text` as the service does, and holds it to what the documentation asks of the values.
pub fn read(text: &str) -> Results {
    let results: Results = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let tests = results.tests.as_deref().unwrap_or_default();
    assert!(
        results.score.is_some() || tests.iter().any(|test| test.score.is_some()),
        "a score is needed, of all or of the tests"
    );
    for test in tests {
        let (score, most) = (test.score.unwrap_or_default(), test.max_score.unwrap_or_default());
        assert!((0.0..=most).contains(&score), "{test:?}");
    }
    results
}
