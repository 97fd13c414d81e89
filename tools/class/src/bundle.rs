//! `--bundle`: what a service takes to grade by this course on machines of its own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, Timelike, Utc};
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
        let about = from.symlink_metadata().with_context(|| format!("cannot read {}", from.display()))?;
        if about.is_dir() {
            for entry in fs::read_dir(from)? {
                let entry = entry?.file_name().to_string_lossy().into_owned();
                let is_students = entry == "src" && name.starts_with("course/exercises/");
                if entry != "target" && !is_students {
                    self.add(&from.join(&entry), &format!("{name}/{entry}"))?;
                }
            }
        } else if about.is_file() {
            // Cargo builds anew what is younger than what was built.
            let options = SimpleFileOptions::default()
                .unix_permissions(0o644)
                .last_modified_time(date(about.modified()?).unwrap_or_default());
            self.0.start_file(name, options)?;
            io::copy(&mut File::open(from)?, &mut self.0)?;
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
