//! The parts of the course as files: its steps, and the TODOs of their stubs. The rules themselves are in `tests/`.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn course() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this package is at tests/rules")
}

/// The names of all steps, in order: `01_basic_single` and so on.
pub fn steps() -> Vec<String> {
    names_in(&course().join("exercises"))
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

/// A piece of a stub's file.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Lines that stand in the solution as well.
    Given(Vec<String>),
    /// What is to be written: a comment `// TODO n: ...` and the `todo!("TODO n: ...")` below it.
    Todo(u32),
}

/// Takes a stub's file apart.
///
/// # Errors
/// A TODO has no `todo!` of its number below its comment, or there is a `todo!` without a comment.
pub fn pieces(stub: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut given = Vec::new();
    let mut lines = stub.lines();
    while let Some(line) = lines.next() {
        let Some(rest) = line.trim_start().strip_prefix("// TODO ") else {
            if line.contains("todo!") {
                return Err(format!("this todo! has no comment `// TODO n: ...` above it: {line}"));
            }
            given.push(line.to_owned());
            continue;
        };
        let number: Option<u32> = rest.split_once(':').and_then(|(number, _)| number.parse().ok());
        let number = number.ok_or_else(|| format!("this TODO has no number: {line}"))?;
        let marked = format!("todo!(\"TODO {number}: ");
        if !lines.by_ref().take_while(|line| !line.trim().is_empty()).any(|line| line.contains(&marked)) {
            return Err(format!("there is no {marked}...\") below the comment of TODO {number}"));
        }
        pieces.push(Piece::Given(std::mem::take(&mut given)));
        pieces.push(Piece::Todo(number));
    }
    pieces.push(Piece::Given(given));
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_is_taken_apart_at_its_todos() {
        let stub =
            "fn f() {\n    // TODO 1: think\n    // hard\n    let x: u8 = todo!(\"TODO 1: think\");\n}";
        let given = |line: &str| Piece::Given(vec![line.into()]);
        assert_eq!(pieces(stub).unwrap(), [given("fn f() {"), Piece::Todo(1), given("}")]);
    }

    #[test]
    fn comment_and_macro_belong_together() {
        assert!(pieces("todo!(\"TODO 1: alone\")").is_err());
        assert!(pieces("// TODO 1: only said\n").is_err());
        assert!(pieces("// TODO 1: one\ntodo!(\"TODO 2: another\")").is_err());
        assert!(pieces("// TODO one: no number\ntodo!(\"TODO 1: x\")").is_err());
    }
}
