//! `--bundle`: what a service takes to grade by this course on machines of its own.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, Timelike, Utc};
use walkdir::{DirEntry, WalkDir};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::desk::COURSE;
use steps::cargo;
use steps::{Step, root, stub};

/// Whom the bundle is for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Service {
    /// A zip file to upload as an autograder
    Gradescope,
}

/// The scripts that Gradescope calls. That these files are called otherwise here is for the editors' sake.
const SETUP: &str = include_str!("bundle/setup.sh");
const RUN: &str = include_str!("bundle/run_autograder.sh");

/// Writes the bundle by which `service` grades `steps`.
pub fn write(service: Service, steps: &[Step], output: &Path) -> Result<()> {
    let Service::Gradescope = service;
    gradescope(steps, output).with_context(|| format!("cannot write {}", output.display()))
}

/// The scripts, their settings, and the course in the folder `course`, with stubs where somebody may have solved a step.
fn gradescope(steps: &[Step], output: &Path) -> Result<()> {
    let mut bundle = Bundle(ZipWriter::new(File::create(output)?));
    let steps: Vec<&str> = steps.iter().map(Step::name).collect();
    let settings = format!("STEPS=({})\nTOOLCHAIN={}\n", steps.join(" "), toolchain());
    bundle.file("setup.sh", SETUP, 0o755)?;
    bundle.file("run_autograder", RUN, 0o755)?;
    bundle.file("settings", &settings, 0o755)?;
    for part in COURSE.into_iter().chain(["LICENSE"]) {
        bundle.add(&root().join(part), &format!("course/{part}"))?;
    }
    for step in Step::all()? {
        for (path, text) in stub::sources(&step, &format!("ex{step}"), |_| true)? {
            bundle.file(&format!("course/exercises/{step}/{path}"), &text, 0o644)?;
        }
    }
    bundle.0.finish()?;
    Ok(())
}

/// Rust as it is here, so that what compiles for the class compiles there.
fn toolchain() -> String {
    // There is no such number for a nightly.
    let version = cargo::rust().filter(|version| !version.contains('-'));
    version.unwrap_or_else(|| env!("CARGO_PKG_RUST_VERSION").to_owned())
}

struct Bundle(ZipWriter<File>);

impl Bundle {
    fn file(&mut self, name: &str, text: &str, permissions: u32) -> Result<()> {
        self.0.start_file(name, SimpleFileOptions::default().unix_permissions(permissions))?;
        Ok(self.0.write_all(text.as_bytes())?)
    }

    /// Takes a file, or a folder with all that is in it but what was built and what students have written.
    fn add(&mut self, from: &Path, name: &str) -> Result<()> {
        let is_taken = |entry: &DirEntry| {
            let is_students = entry.depth() == 2 && name == "course/exercises" && entry.file_name() == "src";
            entry.file_name() != "target" && !is_students
        };
        for entry in WalkDir::new(from).into_iter().filter_entry(is_taken) {
            let entry = entry?;
            if entry.file_type().is_file() {
                // Cargo builds anew what is younger than what was built.
                let options = SimpleFileOptions::default()
                    .unix_permissions(0o644)
                    .last_modified_time(date(entry.metadata()?.modified()?).unwrap_or_default());
                let path = Path::new(name).join(entry.path().strip_prefix(from)?);
                self.0.start_file_from_path(path, options)?;
                io::copy(&mut File::open(entry.path())?, &mut self.0)?;
            }
        }
        Ok(())
    }
}

/// In the time of the service's machines.
fn date(time: SystemTime) -> Option<zip::DateTime> {
    let time = DateTime::<Utc>::from(time);
    let [month, day, hour, minute, second] =
        [time.month(), time.day(), time.hour(), time.minute(), time.second()]
            .map(|part| u8::try_from(part).expect("none is above 59"));
    zip::DateTime::from_date_and_time(u16::try_from(time.year()).ok()?, month, day, hour, minute, second).ok()
}
