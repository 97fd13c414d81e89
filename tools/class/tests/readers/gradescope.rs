//! What Gradescope takes as results.json. It has no published schema; this is its documentation as types, as far as we use it
//! (gradescope-autograders.readthedocs.io/en/latest/specs, "Output format"). Another field or a wrong type is an error.

// Fields are here to be known.
#![allow(dead_code)]

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    pub score: f64,
    pub execution_time: Option<f64>,
    pub output: Option<String>,
    pub output_format: Option<TextFormat>,
    pub visibility: Option<Visibility>,
    pub tests: Vec<Test>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    pub score: Option<f64>,
    pub max_score: Option<f64>,
    pub status: Option<Status>,
    pub name: String,
    pub output: String,
    pub visibility: Option<Visibility>,
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
    for test in &results.tests {
        let (score, most) = (test.score.unwrap_or_default(), test.max_score.unwrap_or_default());
        assert!((0.0..=most).contains(&score), "{test:?}");
    }
    results
}
