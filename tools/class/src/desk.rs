//! A desk: where the programs of students are built, one after the other. It is a clean copy of this course with a target folder
//! of its own, because cargo locks that during a build: in one for all, a build that hangs would hold up everybody.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::{Context, Result, ensure};

use crate::manifest;
use crate::student::Sources;
use steps::cargo;
use steps::child::{self, Finished};
use steps::report::Obstacle;
use steps::{Step, files, root, stub};

/// What a copy of the course consists of, as far as programs are built and graded from it.
pub const COURSE: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", ".cargo", "support", "tools", "tests", "solutions", "exercises"];

/// The time for building all that every student's program needs.
const PREPARATION: Duration = Duration::from_secs(1800);

/// How students' programs are built.
#[derive(Clone, Copy)]
pub struct Terms {
    /// The longest that one build may take.
    pub time: Duration,
    /// Whether dependencies count that students have added.
    pub with_manifests: bool,
}

pub struct Desk {
    course: PathBuf,
    target: PathBuf,
    terms: Terms,
}

impl Desk {
    /// Makes a desk in `folder`, and builds there all that the `steps` depend on.
    pub fn prepare(folder: &Path, steps: &[Step], terms: Terms) -> Result<Self> {
        let desk = Self::with_course(folder, terms)?;
        let mut cargo = desk.cargo();
        cargo.arg("build");
        for step in steps {
            desk.put(step, None)?;
            cargo.args(["--package", &format!("ex{step}"), "--bin", step.name()]);
        }
        let Finished { status, stderr, .. } = child::run(cargo, Instant::now() + PREPARATION)?;
        ensure!(status.is_some_and(|status| status.success()), "the stubs don't build:\n{stderr}");
        Ok(desk)
    }

    /// Makes another one in `folder`, with all that was built at this one.
    pub fn another(&self, folder: &Path) -> Result<Self> {
        let another = Self::with_course(folder, self.terms)?;
        if !another.target.exists() {
            // A copy of the lock would not be locked.
            files::copy(&self.target, &another.target, &[".cargo-lock"])
                .with_context(|| format!("cannot copy to {}", another.target.display()))?;
        }
        Ok(another)
    }

    /// What an earlier class has built stays.
    fn with_course(folder: &Path, terms: Terms) -> Result<Self> {
        let (course, target) = (folder.join("course"), folder.join("target"));
        let copy = || {
            if course.exists() {
                fs::remove_dir_all(&course)?;
            }
            fs::create_dir_all(&course)?;
            COURSE
                .iter()
                .try_for_each(|name| files::copy(&root().join(name), &course.join(name), &["target"]))
        };
        copy().with_context(|| format!("cannot copy the course to {}", course.display()))?;
        Ok(Self { course, target, terms })
    }

    /// Builds a student's program.
    ///
    /// # Errors
    /// It is not the student's fault.
    pub fn build(&self, step: &Step, sources: &Sources) -> Result<Result<PathBuf, Obstacle>> {
        self.put(step, Some(sources))?;
        self.forget(step)?;
        let did_not_build = |message: String| Ok(Err(Obstacle::new("did not build", message)));
        let mut cargo = self.cargo();
        cargo.args([
            "build",
            "--message-format=json",
            "--package",
            &format!("ex{step}"),
            "--bin",
            step.name(),
        ]);
        if self.terms.with_manifests {
            if let Err(refused) = self.put_manifest(step, &sources.manifest)? {
                return did_not_build(refused);
            }
        } else {
            cargo.args(["--locked", "--offline"]);
        }
        let finished = child::run(cargo, Instant::now() + self.terms.time);
        self.put_back_manifests(step)?;
        let finished = finished?;
        match finished.status {
            None => {
                let seconds = self.terms.time.as_secs();
                did_not_build(format!("building it was not done after {seconds} s"))
            }
            Some(status) if !status.success() => {
                did_not_build(cargo::errors(finished.stdout.as_bytes(), finished.stderr.as_bytes()))
            }
            Some(_) => {
                let name = format!("{step}{}", std::env::consts::EXE_SUFFIX);
                let program = self.target.join("debug").join(name);
                ensure!(program.is_file(), "cargo has built no {}", program.display());
                Ok(Ok(program))
            }
        }
    }

    fn cargo(&self) -> std::process::Command {
        let mut cargo = child::limited(cargo::cargo(), &[child::FILES, child::MEMORY]);
        cargo.current_dir(&self.course).env("CARGO_TARGET_DIR", &self.target).env("CARGO_INCREMENTAL", "0");
        cargo
    }

    fn exercise(&self, step: &Step) -> PathBuf {
        self.course.join("exercises").join(step.name())
    }

    /// Puts a student's files, or the stubs, in the place of what is there.
    fn put(&self, step: &Step, sources: Option<&Sources>) -> Result<()> {
        let folder = self.exercise(step);
        let files = match sources {
            Some(sources) => sources.files.clone(),
            None => {
                let stubs = stub::sources(step, &format!("ex{step}"), |_| true)?;
                stubs.into_iter().map(|(path, text)| (PathBuf::from(path), text.into_bytes())).collect()
            }
        };
        let put = || {
            if folder.join("src").exists() {
                fs::remove_dir_all(folder.join("src"))?;
            }
            fs::create_dir(folder.join("src"))?;
            for (path, content) in files {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().expect("it is in a folder"))?;
                fs::write(path, content)?;
            }
            Ok::<(), io::Error>(())
        };
        put().with_context(|| format!("cannot write to {}", folder.display()))
    }

    /// Makes cargo build this step whatever the dates of its files are: what another student has handed in was built last.
    fn forget(&self, step: &Step) -> Result<()> {
        let package = format!("ex{step}-");
        for entry in fs::read_dir(self.target.join("debug/.fingerprint"))? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&package) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// Adds the dependencies that a student has added.
    fn put_manifest(&self, step: &Step, theirs: &str) -> Result<Result<(), String>> {
        let path = self.exercise(step).join("Cargo.toml");
        let ours = fs::read_to_string(&path)?;
        Ok(match manifest::merge(&ours, theirs) {
            Ok(merged) => Ok(fs::write(&path, merged)?),
            Err(refused) => Err(format!("{refused:#}")),
        })
    }

    fn put_back_manifests(&self, step: &Step) -> Result<()> {
        let exercise = Path::new("exercises").join(step.name()).join("Cargo.toml");
        for path in [Path::new("Cargo.lock"), &exercise] {
            files::copy(&root().join(path), &self.course.join(path), &[])?;
        }
        Ok(())
    }
}
