//! What students have handed in. Of each folder only the sources of the exercises are taken, so that edited tests don't count.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use steps::Step;

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
    /// Without such folders, the files of the only step that is graded.
    only: Option<PathBuf>,
}

impl Student {
    /// Every folder in `class`, in the order of their names. `steps` are graded.
    pub fn all_in(class: &Path, steps: &[Step]) -> Result<Vec<Self>> {
        let entries = fs::read_dir(class).with_context(|| format!("cannot read {}", class.display()))?;
        let mut students = Vec::new();
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", class.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && !name.starts_with('.') {
                let exercises = exercises(&entry.path());
                let is_clear = exercises.is_none() && steps.len() == 1;
                let only = is_clear.then(|| files_of_a_step(&entry.path())).flatten();
                students.push(Self { name, exercises, only });
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
        let of_step = |exercises: &PathBuf| exercises.join(step.name()).join("src");
        let of_step = self.exercises.as_ref().map(of_step).filter(|folder| folder.is_dir());
        let Some(folder) = of_step.or_else(|| self.only.clone()) else { return Ok(None) };
        let around = folder.parent().filter(|_| folder.ends_with("src"));
        let manifest = fs::read_to_string(around.unwrap_or(&folder).join("Cargo.toml")).unwrap_or_default();
        Ok(Some(Sources { files: files_of(&folder)?, manifest }))
    }
}

/// A clone has a folder `exercises`, or is in the one folder that an archive unpacks to; or these are the exercises themselves.
fn exercises(folder: &Path) -> Option<PathBuf> {
    let mut places = vec![folder.join("exercises"), folder.to_owned()];
    for path in folders_in(folder) {
        places.extend([path.join("exercises"), path]);
    }
    let steps = Step::all().ok()?;
    places.into_iter().find(|place| steps.iter().any(|step| place.join(step.name()).join("src").is_dir()))
}

/// The only folder with `main.rs`, where somebody has handed in the files of one step and nothing around them.
fn files_of_a_step(folder: &Path) -> Option<PathBuf> {
    let mut places = vec![folder.join("src"), folder.to_owned()];
    for path in folders_in(folder).filter(|path| !path.ends_with("src")) {
        places.extend([path.join("src"), path]);
    }
    places.retain(|place| place.join("main.rs").is_file());
    if places.len() == 1 { places.pop() } else { None }
}

fn folders_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let paths = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.is_dir())
}

/// The sources in a folder `src`. Links are not followed: they lead out of what was handed in. Nor is hidden what programs are
/// made of.
fn files_of(src: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let is_hidden = |entry: &DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    let entries = WalkDir::new(src).follow_root_links(false).into_iter();
    let mut files = BTreeMap::new();
    let mut room = MOST;
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
        let entry = entry?;
        if entry.file_type().is_file() {
            room = room
                .checked_sub(entry.metadata()?.len())
                .with_context(|| format!("it has more than {MOST} bytes"))?;
            ensure!(files.len() < MOST_FILES, "it has more than {MOST_FILES} files");
            let path = Path::new("src").join(entry.path().strip_prefix(src)?);
            let content =
                fs::read(entry.path()).with_context(|| format!("cannot read {}", path.display()))?;
            files.insert(path, content);
        }
    }
    Ok(files)
}

/// The files of one step.
pub struct Sources {
    /// By their paths from the exercise's folder.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// The exercise's Cargo.toml, which counts only if that is wanted.
    pub manifest: String,
}

impl Sources {
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
        let students = Student::all_in(class.path(), &Step::all().unwrap()).unwrap();
        let names: Vec<&str> = students.iter().map(|student| student.name.as_str()).collect();
        assert_eq!(names, ["ann", "bob", "cid", "dot"]);
        for student in &students[..3] {
            let sources = student.sources(&step()).unwrap().expect(&student.name);
            assert!(sources.files.contains_key(Path::new("src/main.rs")), "{}", student.name);
        }
        assert!(students[3].sources(&step()).unwrap().is_none());
    }

    /// As a web page takes single files. With several steps, or several programs, nobody knows which one is meant.
    #[test]
    fn files_alone_are_found_if_only_one_step_is_graded() {
        let class = tempfile::tempdir().unwrap();
        for (place, hidden) in [("ann", ".git"), ("bob/src", ".idea"), ("cid/my solution/src", ".git")] {
            let folder = class.path().join(place);
            fs::create_dir_all(folder.join(hidden)).unwrap();
            fs::write(folder.join("main.rs"), place).unwrap();
            fs::write(folder.join(hidden).join("x"), "").unwrap();
        }
        for student in Student::all_in(class.path(), &[step()]).unwrap() {
            let sources = student.sources(&step()).unwrap().expect(&student.name);
            let paths: Vec<&PathBuf> = sources.files.keys().collect();
            assert_eq!(paths, [Path::new("src/main.rs")], "{}", student.name);
        }
        for student in Student::all_in(class.path(), &Step::all().unwrap()).unwrap() {
            assert!(student.sources(&step()).unwrap().is_none(), "{}", student.name);
        }
        fs::create_dir(class.path().join("ann/another")).unwrap();
        fs::write(class.path().join("ann/another/main.rs"), "").unwrap();
        let students = Student::all_in(class.path(), &[step()]).unwrap();
        assert!(students[0].sources(&step()).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_what_is_too_large_is_refused() {
        let class = tempfile::tempdir().unwrap();
        let src = class.path().join("eve/01_basic_single/src");
        fs::create_dir_all(&src).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", src.join("main.rs")).unwrap();
        std::os::unix::fs::symlink("/", src.join("all")).unwrap();
        let students = Student::all_in(class.path(), &[step()]).unwrap();
        assert!(students[0].sources(&step()).unwrap().unwrap().files.is_empty());
        fs::File::create(src.join("large.rs")).unwrap().set_len(MOST + 1).unwrap();
        assert!(students[0].sources(&step()).is_err());
    }
}
