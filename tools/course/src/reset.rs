//! `cargo course reset`: a step's files as they were in the beginning. Nothing of the student's is lost: what is there is copied, and
//! the copy compared, before the first file is replaced; and a file is replaced in one go.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use chrono::Local;

use crate::progress;
use steps::{Step, root};

pub fn run(step: &Step, yes: bool) -> Result<ExitCode> {
    if !yes && !asked(step)? {
        println!("Nothing was changed.");
        return Ok(ExitCode::FAILURE);
    }
    let kept = reset(&step.exercise().join("src"), &step.stubs(), &backup(step)?)?;
    println!("exercises/{step}/src is as in the beginning. Your files are in {}", shown(&kept).display());
    Ok(ExitCode::SUCCESS)
}

fn asked(step: &Step) -> Result<bool> {
    print!(
        "Put the files in exercises/{step}/src back as they were in the beginning? Yours will be kept. [y/N] "
    );
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

/// A folder that isn't there yet.
fn backup(step: &Step) -> Result<PathBuf> {
    let folder = progress::folder().join("backups").join(step.name());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let date = Local::now().format("%Y-%m-%d-%H%M%S").to_string();
    let names = std::iter::once(date.clone()).chain((2..).map(|number| format!("{date}-{number}")));
    for name in names {
        match fs::create_dir(folder.join(&name)) {
            Ok(()) => return Ok(folder.join(&name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot make {}/{name}", folder.display()));
            }
        }
    }
    unreachable!("there are numbers enough")
}

/// Copies `folder` to `kept`, then puts the `stubs` into it. Files that the stubs don't have stay where they are.
fn reset(folder: &Path, stubs: &Path, kept: &Path) -> Result<PathBuf> {
    ensure!(stubs.is_dir(), "the stubs are missing: {}", stubs.display());
    copy(folder, kept)
        .with_context(|| format!("nothing was changed: cannot keep your files in {}", kept.display()))?;
    put_back(stubs, folder).context("not all files are back; yours are kept")?;
    Ok(kept.to_owned())
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
            File::open(&target)?.sync_all()?;
            ensure!(fs::read(&source)? == fs::read(&target)?, "the copy of {} differs", source.display());
        }
    }
    Ok(())
}

/// Each file is written beside its place and then moved there: at any moment there is the old one or the new one.
fn put_back(stubs: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(stubs)? {
        let entry = entry?;
        let (new, place) = (folder.join(".new"), folder.join(entry.file_name()));
        let mut file = File::create(&new)?;
        file.write_all(&fs::read(entry.path())?)?;
        file.sync_all()?;
        fs::rename(&new, &place).with_context(|| format!("cannot replace {}", place.display()))?;
    }
    Ok(())
}

fn shown(path: &Path) -> &Path {
    path.strip_prefix(root()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A student's folder, stubs, and a place for the backup.
    fn folders() -> (tempfile::TempDir, [PathBuf; 3]) {
        let temporary = tempfile::tempdir().unwrap();
        let folders = ["src", "stubs", "kept"].map(|name| temporary.path().join(name));
        for folder in &folders {
            fs::create_dir(folder).unwrap();
        }
        fs::write(folders[0].join("main.rs"), "mine").unwrap();
        fs::create_dir(folders[0].join("more")).unwrap();
        fs::write(folders[0].join("more/own.rs"), "own").unwrap();
        fs::write(folders[1].join("main.rs"), "stub").unwrap();
        (temporary, folders)
    }

    #[test]
    fn the_stubs_are_back_and_the_students_files_are_kept() {
        let (_temporary, [src, stubs, kept]) = folders();
        reset(&src, &stubs, &kept).unwrap();
        assert_eq!(fs::read_to_string(src.join("main.rs")).unwrap(), "stub");
        assert_eq!(fs::read_to_string(kept.join("main.rs")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(kept.join("more/own.rs")).unwrap(), "own");
        assert_eq!(fs::read_to_string(src.join("more/own.rs")).unwrap(), "own");
        assert!(!src.join(".new").exists());
    }

    #[test]
    fn nothing_is_changed_if_nothing_can_be_kept() {
        let (_temporary, [src, stubs, kept]) = folders();
        // A file where a folder has to be, as good as a full disk.
        fs::write(kept.join("more"), "in the way").unwrap();
        let error = reset(&src, &stubs, &kept).unwrap_err();
        assert!(format!("{error:#}").contains("nothing was changed"), "{error:#}");
        assert_eq!(fs::read_to_string(src.join("main.rs")).unwrap(), "mine");
    }
}
