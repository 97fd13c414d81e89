//! What is derived from the solutions and their step.toml, by paths from the root of the repository.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stub::{self, Files};
use crate::{Step, blocks, root, tables};

/// The sources and the manifest of an exercise.
pub fn exercise(step: &Step) -> Result<Files> {
    let files = stub::exercise(step)?;
    Ok(files.into_iter().map(|(path, text)| (format!("exercises/{step}/{path}"), text)).collect())
}

/// The pages with blocks that are made of facts: README.md, the tasks, the book.
pub fn pages() -> Result<Files> {
    let mut paths = vec!["README.md".to_owned()];
    paths.extend(Step::all()?.iter().map(|step| format!("exercises/{step}/README.md")));
    paths
        .extend(stub::files_in(&root().join("docs/src"))?.into_iter().map(|page| format!("docs/src/{page}")));
    let mut pages = Files::new();
    for path in paths {
        if Path::new(&path).extension().is_some_and(|extension| extension == "md") {
            let page = read(&path).with_context(|| format!("cannot read {path}"))?;
            let page = blocks::current(&page, tables::block).with_context(|| path.clone())?;
            pages.insert(path, page);
        }
    }
    Ok(pages)
}

/// Those that differ from what is on the disk, or aren't there.
pub fn stale(mut files: Files) -> Files {
    files.retain(|path, text| read(path).is_none_or(|there| there != *text));
    files
}

/// The text of a file; git may have ended its lines as Windows does.
fn read(path: &str) -> Option<String> {
    Some(fs::read_to_string(root().join(path)).ok()?.replace("\r\n", "\n"))
}
