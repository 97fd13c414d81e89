//! The parts of the course as files. The rules themselves are in `tests/`.

pub mod tools;

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn course() -> &'static Path {
    steps::root()
}

/// The names of all steps, in order: `01_basic_single` and so on.
pub fn steps() -> Vec<String> {
    steps::Step::all().expect("there are solutions").iter().map(|step| step.name().to_owned()).collect()
}

/// The names of what is in a folder, sorted.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// All files below a folder, relative to it, sorted.
pub fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = names_in(folder)
        .into_iter()
        .flat_map(|name| {
            let path = folder.join(&name);
            if path.is_dir() {
                files_in(&path).into_iter().map(|file| Path::new(&name).join(file)).collect()
            } else {
                vec![PathBuf::from(name)]
            }
        })
        .collect();
    files.sort();
    files
}

/// The text of a file of the course.
pub fn text(path: impl AsRef<Path>) -> String {
    let path = course().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
