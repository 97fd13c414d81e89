//! Putting an exercise's files in their places. Nothing of a student's is lost: what is there is copied, and the copy compared,
//! before the first file is replaced; and a file is replaced in one go.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use chrono::Local;

use crate::stub::Files;
use crate::{Step, files, root};

/// Copies the student's sources of a step to a new folder in `.course/backups`, and returns that.
///
/// # Errors
/// They can't be copied.
pub fn keep(step: &Step) -> Result<PathBuf> {
    let kept = new_folder(&root().join(".course/backups").join(step.name()))?;
    copy(&step.exercise().join("src"), &kept)
        .with_context(|| format!("nothing was changed: cannot keep your files in {}", kept.display()))?;
    Ok(kept)
}

/// A folder that isn't there yet, named after the time.
fn new_folder(parent: &Path) -> Result<PathBuf> {
    let date = Local::now().format("%Y-%m-%d-%H%M%S").to_string();
    let names = std::iter::once(date.clone()).chain((2..).map(|number| format!("{date}-{number}")));
    let make = || {
        fs::create_dir_all(parent)?;
        for folder in names.map(|name| parent.join(name)) {
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
    for entry in fs::read_dir(from)? {
        let (source, target) = {
            let entry = entry?;
            (entry.path(), to.join(entry.file_name()))
        };
        if source.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
            File::options().write(true).open(&target)?.sync_all()?;
            ensure!(fs::read(&source)? == fs::read(&target)?, "the copy of {} differs", source.display());
        }
    }
    Ok(())
}

/// Writes files into a folder, each in one go. What else is there stays.
///
/// # Errors
/// A file can't be written.
pub fn put(folder: &Path, files: &Files) -> Result<()> {
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().expect("it is in the folder");
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        files::write_whole(&path, text)?;
    }
    Ok(())
}
