//! The parts of the course as files: its steps, and the TODOs of their stubs. The rules themselves are in `tests/`.

pub mod tools;

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
pub enum Piece<'a> {
    /// Lines that stand in the solution as well.
    Given(Vec<&'a str>),
    /// What is to be written: its number, a comment `// TODO n: ...` and the `todo!("TODO n: ...")` below it.
    Todo(u32, Vec<&'a str>),
}

/// Takes a stub's file apart. It begins and ends with what is given, and there is something given between two TODOs.
///
/// # Errors
/// A TODO has no `todo!` of its number below its comment, or there is a `todo!` without a comment.
pub fn pieces(stub: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut given = Vec::new();
    let mut lines = stub.lines();
    while let Some(line) = lines.next() {
        let Some(rest) = line.trim_start().strip_prefix("// TODO ") else {
            if line.contains("todo!") {
                return Err(format!("this todo! has no comment `// TODO n: ...` above it: {line}"));
            }
            given.push(line);
            continue;
        };
        let number: Option<u32> = rest.split_once(':').and_then(|(number, _)| number.parse().ok());
        let number = number.ok_or_else(|| format!("this TODO has no number: {line}"))?;
        let marked = format!("todo!(\"TODO {number}: ");
        let mut todo = vec![line];
        while !todo.last().is_some_and(|line| line.contains(&marked)) {
            let next = lines.next().filter(|line| !line.trim().is_empty());
            todo.push(
                next.ok_or_else(|| format!("there is no {marked}...\") below the comment of TODO {number}"))?,
            );
        }
        pieces.push(Piece::Given(std::mem::take(&mut given)));
        pieces.push(Piece::Todo(number, todo));
    }
    pieces.push(Piece::Given(given));
    Ok(pieces)
}

/// The TODOs of a step, and the file that each is in.
pub fn todos(step: &str) -> Vec<(u32, String)> {
    let mut todos = Vec::new();
    for file in source_files(step) {
        let stub = text(format!("course/stubs/{step}/{file}"));
        let pieces = pieces(&stub).unwrap_or_else(|reason| panic!("course/stubs/{step}/{file}: {reason}"));
        todos.extend(pieces.iter().filter_map(|piece| match piece {
            Piece::Todo(number, _) => Some((*number, file.clone())),
            Piece::Given(_) => None,
        }));
    }
    todos.sort();
    todos
}

/// The source files of a step's stub, such as `src/main.rs`.
pub fn source_files(step: &str) -> Vec<String> {
    let files = files_in(&course().join("course/stubs").join(step).join("src"));
    files.iter().map(|file| format!("src/{}", file.display())).collect()
}

/// A stub's file with its TODOs done, but for those that are `open`.
///
/// # Errors
/// The stub is not the solution outside its TODOs.
pub fn partly_done(stub: &str, solution: &str, open: impl Fn(u32) -> bool) -> Result<String, String> {
    let solution: Vec<&str> = solution.lines().collect();
    let mut done: Vec<&str> = Vec::new();
    let mut next = 0;
    let mut todo = None;
    for piece in pieces(stub)? {
        let lines = match piece {
            Piece::Given(lines) => lines,
            Piece::Todo(number, lines) => {
                todo = Some((number, lines));
                continue;
            }
        };
        // What the solution has in the place of a TODO comes before the lines that follow it.
        let last = if todo.is_some() { solution.len() } else { next };
        let start = (next..=last).find(|&start| solution[start..].starts_with(&lines));
        let start =
            start.ok_or_else(|| format!("these lines are not in the solution:\n{}", lines.join("\n")))?;
        match todo.take() {
            Some((number, stub)) if open(number) => done.extend(stub),
            _ => done.extend(&solution[next..start]),
        }
        done.extend(&lines);
        next = start + lines.len();
    }
    if next < solution.len() {
        return Err(format!("the solution has more at its end:\n{}", solution[next..].join("\n")));
    }
    Ok(done.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_is_taken_apart_at_its_todos() {
        let todo = ["    // TODO 1: think", "    // hard", "    let x: u8 = todo!(\"TODO 1: think\");"];
        let stub = format!("fn f() {{\n{}\n}}", todo.join("\n"));
        let given = |line| Piece::Given(vec![line]);
        assert_eq!(pieces(&stub).unwrap(), [given("fn f() {"), Piece::Todo(1, todo.into()), given("}")]);
    }

    #[test]
    fn comment_and_macro_belong_together() {
        assert!(pieces("todo!(\"TODO 1: alone\")").is_err());
        assert!(pieces("// TODO 1: only said\n").is_err());
        assert!(pieces("// TODO 1: one\ntodo!(\"TODO 2: another\")").is_err());
        assert!(pieces("// TODO one: no number\ntodo!(\"TODO 1: x\")").is_err());
    }

    #[test]
    fn todos_are_done_one_by_one() {
        let stub = "a\n// TODO 1: x\ntodo!(\"TODO 1: x\")\nb\n// TODO 2: y\ntodo!(\"TODO 2: y\")\nc";
        let solution = "a\nX\nX\nb\nY\nc";
        assert_eq!(partly_done(stub, solution, |_| false).unwrap(), solution);
        assert_eq!(partly_done(stub, solution, |_| true).unwrap(), stub);
        assert_eq!(
            partly_done(stub, solution, |number| number == 1).unwrap(),
            "a\n// TODO 1: x\ntodo!(\"TODO 1: x\")\nb\nY\nc"
        );
    }

    #[test]
    fn a_stub_that_differs_outside_its_todos_is_no_stub() {
        let stub = "a\n// TODO 1: x\ntodo!(\"TODO 1: x\")\nb";
        assert!(partly_done(stub, "other\nX\nb", |_| false).is_err());
        assert!(partly_done(stub, "a\nX\nother", |_| false).is_err());
        assert!(partly_done(stub, "a\nX\nb\nmore", |_| false).is_err());
    }
}
