//! The class as tables: for people, and for other programs.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::{Exam, page};
use crate::format::junit;
use crate::record::Record;
use grader::text::plain;
use steps::files::write_whole;

/// Writes all of them into `folder`.
pub fn write(folder: &Path, exams: &[Exam], records: &[&Record]) -> Result<()> {
    write_whole(&folder.join("results.csv"), csv(exams, records)?)?;
    write_whole(&folder.join("results.json"), json(exams, records)?)?;
    write_whole(&folder.join("junit.xml"), junit(records)?)?;
    write_whole(&folder.join("report.html"), page::write(exams, records))
}

/// A line for each student: how many tests of each step pass, of how many, and why it could not be graded if so.
fn csv(exams: &[Exam], records: &[&Record]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let columns = |exam: &Exam| {
        let step = exam.step.name();
        [format!("{step} passed"), format!("{step} of"), format!("{step} obstacle")]
    };
    let head = exams.iter().flat_map(columns);
    table.write_record(["student", "passed", "of", "seconds"].map(str::to_owned).into_iter().chain(head))?;
    let all: usize = exams.iter().map(|exam| exam.names.len()).sum();
    for record in records {
        let steps = record.reports.iter().flat_map(|report| {
            let obstacle = report.obstacle.as_ref().map(|obstacle| obstacle.verdict.clone());
            [report.passed().to_string(), report.tests.len().to_string(), obstacle.unwrap_or_default()]
        });
        let student = [
            without_formula(&record.student),
            record.passed().to_string(),
            all.to_string(),
            format!("{:.1}", record.seconds),
        ];
        table.write_record(student.into_iter().chain(steps))?;
    }
    Ok(table.into_inner()?)
}

/// A spreadsheet runs what begins like a formula (OWASP, "CSV Injection").
fn without_formula(text: &str) -> String {
    let quote = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("{quote}{text}")
}

/// One object with everything.
fn json(exams: &[Exam], records: &[&Record]) -> Result<String> {
    #[derive(Serialize)]
    struct Class<'a> {
        steps: Vec<Contents<'a>>,
        students: &'a [&'a Record],
    }
    #[derive(Serialize)]
    struct Contents<'a> {
        step: &'a str,
        tests: &'a [String],
    }
    let steps = exams.iter().map(|exam| Contents { step: exam.step.name(), tests: &exam.names }).collect();
    Ok(serde_json::to_string_pretty(&Class { steps, students: records })? + "\n")
}

/// A test suite for each step of each student.
fn junit(records: &[&Record]) -> Result<String> {
    let suites = records.iter().flat_map(|record| {
        record.reports.iter().map(|report| (format!("{}/{}", plain(&record.student), report.step), report))
    });
    junit::write_suites(suites)
}
