//! What is known of the students: a file for each, so that grading goes on where it was interrupted, and the tables of all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Exam;
use crate::format::{self, Format};
use crate::student::Sources;
use steps::files::write_whole;
use steps::report::Report;

/// How often the tables are written while grading goes on.
const PAUSE: Duration = Duration::from_secs(10);

/// What was found about one student.
#[derive(Clone, Serialize, Deserialize)]
pub struct Record {
    pub student: String,
    /// Of the files that were graded, and of the tests.
    pub fingerprint: String,
    /// How long building and grading took.
    pub seconds: f64,
    /// In the order of the steps.
    pub reports: Vec<Report>,
}

impl Record {
    /// How many tests pass.
    pub fn passed(&self) -> usize {
        self.reports.iter().map(Report::passed).sum()
    }

    /// One line.
    pub fn summary(&self) -> String {
        let steps = self.reports.iter().map(|report| match &report.obstacle {
            None => format!("{} {} of {}", report.step, report.passed(), report.tests.len()),
            Some(obstacle) => format!("{} {}", report.step, obstacle.verdict),
        });
        format!("{}: {}", self.student, steps.collect::<Vec<_>>().join(", "))
    }
}

/// Changes with what is graded, and with the tests.
pub fn fingerprint(
    exams: &[Exam],
    sources: &[Result<Option<Sources>>],
    with_manifests: bool,
) -> Result<String> {
    let mut digest = Sha256::new();
    digest.update([u8::from(with_manifests)]);
    for (exam, sources) in exams.iter().zip(sources) {
        let built = fs::metadata(&exam.tests)?.modified()?.duration_since(SystemTime::UNIX_EPOCH)?;
        digest.update(exam.step.name());
        digest.update(built.as_nanos().to_le_bytes());
        match sources {
            Ok(Some(sources)) => sources.digest(&mut digest),
            Ok(None) => digest.update("nothing"),
            Err(error) => digest.update(error.to_string()),
        }
    }
    let (half, _) = digest
        .finalize()
        .split_first_chunk()
        .map(|(half, rest)| (*half, rest.len()))
        .expect("it has 32 bytes");
    Ok(format!("{:032x}", u128::from_be_bytes(half)))
}

/// Writes the tables of these students into a folder.
type WriteTables = fn(&Path, &[Exam], &[&Record]) -> Result<()>;

/// All that is known, and the folder of the report.
pub struct Records {
    folder: PathBuf,
    tables: WriteTables,
    written: Mutex<Written>,
}

struct Written {
    by_student: BTreeMap<String, Record>,
    /// When the tables are to be written next.
    next: Instant,
}

impl Records {
    pub fn in_folder(folder: &Path, tables: WriteTables) -> Result<Self> {
        fs::create_dir_all(folder.join("students"))
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let written = Written { by_student: BTreeMap::new(), next: Instant::now() };
        Ok(Self { folder: folder.to_owned(), tables, written: Mutex::new(written) })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What an earlier run has found, if it was about the same.
    pub fn known(&self, student: &str, fingerprint: &str) -> Option<Record> {
        let text = fs::read_to_string(self.of(student).join("result.json")).ok()?;
        let record: Record = serde_json::from_str(&text).ok()?;
        (record.fingerprint == fingerprint).then_some(record)
    }

    fn of(&self, student: &str) -> PathBuf {
        self.folder.join("students").join(student)
    }

    /// Writes the files of one student and, now and then, the tables.
    pub fn add(&self, exams: &[Exam], record: Record) -> Result<()> {
        let folder = self.of(&record.student);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        write_whole(&folder.join("result.json"), serde_json::to_string_pretty(&record)?)?;
        write_whole(&folder.join("gradescope.json"), format::write(&record.reports, Format::Gradescope)?)?;
        let mut written = self.written.lock().unwrap();
        written.by_student.insert(record.student.clone(), record);
        if Instant::now() >= written.next {
            self.write_tables(exams, &written)?;
            written.next = Instant::now() + PAUSE;
        }
        Ok(())
    }

    /// Writes the tables.
    pub fn write(&self, exams: &[Exam]) -> Result<()> {
        self.write_tables(exams, &self.written.lock().unwrap())
    }

    fn write_tables(&self, exams: &[Exam], written: &Written) -> Result<()> {
        (self.tables)(&self.folder, exams, &written.by_student.values().collect::<Vec<_>>())
    }
}
