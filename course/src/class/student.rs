//! What students have handed in. Of each folder only the sources of the exercises are taken, so that edited tests don't count.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::course::Step;

/// More than this isn't taken of one step, in bytes.
const MOST: u64 = 4 * 1024 * 1024;

/// Files and folders in the sources of one step.
const MOST_FILES: usize = 1000;

/// A student's folder.
#[derive(Debug)]
pub struct Student {
    pub name: String,
    /// The folder with the folders of the steps; none if there is nothing of the kind.
    exercises: Option<PathBuf>,
}

impl Student {
    /// Every folder in `class`, in the order of their names.
    pub fn all_in(class: &Path) -> Result<Vec<Self>> {
        let entries = fs::read_dir(class).with_context(|| format!("cannot read {}", class.display()))?;
        let mut students = Vec::new();
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", class.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && !name.starts_with('.') {
                students.push(Self { name, exercises: exercises(&entry.path()) });
            }
        }
        ensure!(!students.is_empty(), "{} has no folders: each student is to have one", class.display());
        students.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(students)
    }

    /// What this student has handed in for `step`. None if there is nothing.
    ///
    /// # Errors
    /// It is too large, or can't be read.
    pub fn sources(&self, step: &Step) -> Result<Option<Sources>> {
        let folder = self.exercises.as_ref().map(|exercises| exercises.join(step.name()));
        let Some(folder) = folder.filter(|folder| folder.join("src").is_dir()) else { return Ok(None) };
        let mut sources = Sources::default();
        let mut room = MOST;
        sources.add(&folder, Path::new("src"), &mut room)?;
        sources.manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        Ok(Some(sources))
    }
}

/// A clone has a folder `exercises`, or is in the one folder that an archive unpacks to; or these are the exercises themselves.
fn exercises(folder: &Path) -> Option<PathBuf> {
    let inner = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut places = vec![folder.join("exercises"), folder.to_owned()];
    for path in inner.filter(|path| path.is_dir()) {
        places.extend([path.join("exercises"), path]);
    }
    let steps = Step::all().ok()?;
    places.into_iter().find(|place| steps.iter().any(|step| place.join(step.name()).join("src").is_dir()))
}

/// The files of one step.
#[derive(Default)]
pub struct Sources {
    /// By their paths from the exercise's folder.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// The exercise's Cargo.toml, which counts only if that is wanted.
    pub manifest: String,
}

impl Sources {
    /// Takes the files in `path`, and in the folders in it. Links are not followed: they lead out of what was handed in.
    fn add(&mut self, folder: &Path, path: &Path, room: &mut u64) -> Result<()> {
        let full = folder.join(path);
        let kind =
            full.symlink_metadata().with_context(|| format!("cannot read {}", path.display()))?.file_type();
        if kind.is_dir() {
            for entry in fs::read_dir(&full)? {
                self.add(folder, &path.join(entry?.file_name()), room)?;
            }
        } else if kind.is_file() {
            let size = full.metadata()?.len();
            let Some(rest) = room.checked_sub(size) else { bail!("it has more than {MOST} bytes") };
            *room = rest;
            ensure!(self.files.len() < MOST_FILES, "it has more than {MOST_FILES} files");
            let content = fs::read(&full).with_context(|| format!("cannot read {}", path.display()))?;
            self.files.insert(path.to_owned(), content);
        }
        Ok(())
    }

    /// Puts all that counts into `digest`.
    pub fn digest(&self, digest: &mut Sha256) {
        let paths = self.files.iter().map(|(path, content)| (path.to_string_lossy(), content.as_slice()));
        for (path, content) in paths.chain([("Cargo.toml".into(), self.manifest.as_bytes())]) {
            digest.update(path.as_bytes());
            digest.update(content.len().to_le_bytes());
            digest.update(content);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> Step {
        "1".parse().unwrap()
    }

    #[test]
    fn a_clone_an_archive_and_the_exercises_alone_are_found() {
        let class = tempfile::tempdir().unwrap();
        for place in ["ann/exercises", "bob", "cid/echo-main/exercises", "dot"] {
            let src = class.path().join(place).join("01_basic_single/src");
            fs::create_dir_all(&src).unwrap();
            fs::write(src.join("main.rs"), place).unwrap();
        }
        fs::remove_dir_all(class.path().join("dot/01_basic_single")).unwrap();
        fs::write(class.path().join("notes.txt"), "").unwrap();
        let students = Student::all_in(class.path()).unwrap();
        let names: Vec<&str> = students.iter().map(|student| student.name.as_str()).collect();
        assert_eq!(names, ["ann", "bob", "cid", "dot"]);
        for student in &students[..3] {
            let sources = student.sources(&step()).unwrap().expect(&student.name);
            assert!(sources.files.contains_key(Path::new("src/main.rs")), "{}", student.name);
        }
        assert!(students[3].sources(&step()).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_what_is_too_large_is_refused() {
        let class = tempfile::tempdir().unwrap();
        let src = class.path().join("eve/01_basic_single/src");
        fs::create_dir_all(&src).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", src.join("main.rs")).unwrap();
        std::os::unix::fs::symlink("/", src.join("all")).unwrap();
        let students = Student::all_in(class.path()).unwrap();
        assert!(students[0].sources(&step()).unwrap().unwrap().files.is_empty());
        fs::File::create(src.join("large.rs")).unwrap().set_len(MOST + 1).unwrap();
        assert!(students[0].sources(&step()).is_err());
    }
}
