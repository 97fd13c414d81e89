//! Files that are whole, and copies of folders.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::{Context, Result};

use crate::output::{self, is_closed};

/// Writes a new file and puts it in the place of the old one, so that at any moment there is a whole one.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    grader::write_whole(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes to a file, or to standard output; a reader that leaves early is no error.
pub fn write(output: Option<&Path>, text: &str) -> Result<()> {
    let Some(path) = output else {
        return output::print(text).or_else(|error| if is_closed(&error) { Ok(()) } else { Err(error) });
    };
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Copies a file, or a folder with all that is in it, with the dates of change: cargo builds anew what is younger than what
/// was built. Links are left out, and what is called as one of `without`.
pub fn copy(from: &Path, to: &Path, without: &[&str]) -> io::Result<()> {
    let kind = from.symlink_metadata()?;
    if kind.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            if !without.iter().any(|left_out| name == *left_out) {
                copy(&from.join(&name), &to.join(&name), without)?;
            }
        }
    } else if kind.is_file() {
        fs::copy(from, to)?;
        File::options().write(true).open(to)?.set_modified(kind.modified()?)?;
    }
    Ok(())
}
