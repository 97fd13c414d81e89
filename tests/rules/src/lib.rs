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
    let files = steps::stub::files_in(folder).unwrap_or_else(|error| panic!("{error:#}"));
    files.into_iter().map(PathBuf::from).collect()
}

/// The text of a file of the course.
pub fn text(path: impl AsRef<Path>) -> String {
    let path = course().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The tests of a step, by their names: `bytes::a_line_comes_back`.
pub fn tests_of(step: &str) -> Vec<String> {
    commented_tests_of(step).into_iter().map(|(name, _)| name).collect()
}

/// The tests of a step, each with the comment above it.
pub fn commented_tests_of(step: &str) -> Vec<(String, String)> {
    let mut tests = Vec::new();
    collect(&format!("{step}.rs"), "", &mut tests);
    tests
}

/// Those of a file in `tests`, and of the modules that it takes from other files or holds itself.
fn collect(file: &str, prefix: &str, tests: &mut Vec<(String, String)>) {
    let source = text(format!("tests/{file}"));
    let (mut path, mut is_test, mut comment) = (None, false, String::new());
    // The modules that are open here, each with its closing line.
    let mut open: Vec<(String, &str)> = Vec::new();
    for line in source.lines() {
        let code = line.trim_start();
        let name = |keyword: &str| code.strip_prefix(keyword)?.split(['(', ';', ' ']).next();
        let place = |name: &str| {
            let modules = open.iter().map(|(_, module)| *module).chain([name]);
            prefix.to_owned() + &modules.collect::<Vec<_>>().join("::")
        };
        if let Some(words) = code.strip_prefix("///") {
            comment += words;
            continue;
        }
        if let Some(found) = line.strip_prefix("#[path = \"") {
            path = Some(found.trim_end_matches("\"]"));
        } else if code == "#[test]" {
            is_test = true;
        } else if let Some(name) = name("mod ") {
            match path.take() {
                Some(path) => collect(path, &format!("{}::", place(name)), tests),
                None => open.push((line.replace(code, "}"), name)),
            }
        } else if let Some(name) = name("fn ").filter(|_| is_test) {
            tests.push((place(name), std::mem::take(&mut comment)));
            is_test = false;
        } else if open.last().is_some_and(|(end, _)| end == line) {
            open.pop();
        }
        if !code.starts_with("#[") {
            comment.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_in_all_modules() {
        let tests = tests_of("10_event_loop");
        for name in ["bytes::a_line_comes_back", "crowd::costs::clients_cost_no_threads"] {
            assert!(tests.iter().any(|test| test == name), "{name} isn't in {tests:?}");
        }
        assert!(tests_of("04_bonus_udp").contains(&"a_datagram_goes_back_to_its_sender".to_owned()));
    }
}
