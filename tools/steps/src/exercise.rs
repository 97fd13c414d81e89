//! The files of an exercise: what is left to do in them, and how they are replaced. Nothing of a student's is lost: what is there is copied, and the copy compared,
//! before the first file is replaced; and a file is replaced in one go.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::stub::{Files, files_in};
use crate::{Step, files, root};

/// The TODOs that are left in a student's files: their numbers in order, and where they are.
pub fn open_todos(step: &Step) -> Vec<(usize, PathBuf)> {
    let folder = step.exercise().join("src");
    let mut open = Vec::new();
    for file in files_in(&folder).unwrap_or_default() {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let numbers =
            text.split("todo!(\"TODO ").skip(1).filter_map(|rest| rest.split_once(':')?.0.parse().ok());
        open.extend(numbers.map(|number| (number, path.clone())));
    }
    open.sort();
    open
}

/// Copies the student's folder of a step to a new one in `.course/backups`, and returns that.
pub fn keep(step: &Step) -> Result<PathBuf> {
    let kept = new_folder(&root().join(".course/backups").join(step.name()))?;
    copy(&step.exercise(), &kept)
        .with_context(|| format!("nothing was changed: cannot keep your files in {}", kept.display()))?;
    Ok(kept)
}

/// A folder that isn't there yet, named after the first number that is free.
fn new_folder(parent: &Path) -> Result<PathBuf> {
    let make = || {
        fs::create_dir_all(parent)?;
        for folder in (1..).map(|number: u32| parent.join(number.to_string())) {
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|()| folder),
            }
        }
        unreachable!("there are numbers enough")
    };
    make().with_context(|| format!("nothing was changed: cannot make a folder in {}", parent.display()))
}

/// Copies all files, and makes sure that the copies are on the disk and the same.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files_in(from)? {
        let (source, target) = (from.join(&file), to.join(&file));
        fs::create_dir_all(target.parent().expect("it is in the folder"))?;
        fs::copy(&source, &target)?;
        File::options().write(true).open(&target)?.sync_all()?;
        ensure!(fs::read(&source)? == fs::read(&target)?, "the copy of {} differs", source.display());
    }
    Ok(())
}

/// Writes files into a folder, each in one go. What else is there stays.
pub fn put(folder: &Path, files: &Files) -> Result<()> {
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().expect("it is in the folder");
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        files::write_whole(&path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (own, kept) = (folder.path().join("own"), folder.path().join("kept"));
        fs::create_dir_all(own.join("src/more")).unwrap();
        fs::create_dir(&kept).unwrap();
        fs::write(own.join("src/main.rs"), "mine").unwrap();
        fs::write(own.join("src/more/own.rs"), "own").unwrap();
        (folder, own, kept)
    }

    #[test]
    fn a_copy_has_all_files() {
        let (_temporary, own, kept) = temporary();
        copy(&own.join("src"), &kept).unwrap();
        assert_eq!(fs::read_to_string(kept.join("main.rs")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(kept.join("more/own.rs")).unwrap(), "own");
    }

    #[test]
    fn a_copy_that_is_not_whole_is_an_error() {
        let (_temporary, own, kept) = temporary();
        // A file where a folder has to be, as good as a full disk.
        fs::write(kept.join("more"), "in the way").unwrap();
        assert!(copy(&own.join("src"), &kept).is_err());
    }

    #[test]
    fn files_are_replaced_even_in_new_folders_and_the_others_stay() {
        let (_temporary, own, _) = temporary();
        let stub = |path: &str| (path.to_owned(), "stub".to_owned());
        put(&own, &[stub("src/main.rs"), stub("src/new/mod.rs")].into()).unwrap();
        assert_eq!(fs::read_to_string(own.join("src/main.rs")).unwrap(), "stub");
        assert_eq!(fs::read_to_string(own.join("src/new/mod.rs")).unwrap(), "stub");
        assert_eq!(fs::read_to_string(own.join("src/more/own.rs")).unwrap(), "own");
        assert_eq!(files_in(&own.join("src")).unwrap().len(), 3);
    }

    #[test]
    fn each_backup_has_a_folder_of_its_own() {
        let (_temporary, own, _) = temporary();
        assert_eq!(new_folder(&own).unwrap(), own.join("1"));
        assert_eq!(new_folder(&own).unwrap(), own.join("2"));
    }
}
