//! Files that are whole, and copies of folders.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a new file and puts it in the place of the old one, so that at any moment there is a whole one.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    grader::write_whole(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes to a file, or to standard output; a reader that leaves early is no error.
pub fn write(output: Option<&Path>, text: &str) -> Result<()> {
    let Some(path) = output else {
        return match io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.context("cannot write to standard output"),
        };
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
