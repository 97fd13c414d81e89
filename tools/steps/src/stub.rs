//! An exercise's sources and manifest, made from the solution: the gaps are cut out, and what is left to do stands in their place.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use grader::text::fill;
use walkdir::WalkDir;

use crate::Step;
use crate::facts::{Facts, Gap};

/// Comments are wrapped at this column.
const WIDTH: usize = 100;

/// Where half-written code would make the compiler complain about what the student hasn't come to yet.
const LINTS: &str = "\
# Half-written code has much that isn't used yet: no warnings about that.
[lints.rust]
dead_code = \"allow\"
unreachable_code = \"allow\"
unused_assignments = \"allow\"
unused_imports = \"allow\"
unused_mut = \"allow\"
unused_variables = \"allow\"

[lints.clippy]
diverging_sub_expression = \"allow\"
ptr_arg = \"allow\"
";

/// What follows this comment, up to an empty line, is the solution's alone.
const ONLY_HERE: &str = "# Only here";

/// The texts of files, by their paths in the folder of the exercise: `src/main.rs`.
pub type Files = BTreeMap<String, String>;

/// The sources and the manifest of a step's exercise.
pub fn exercise(step: &Step) -> Result<Files> {
    let mut files = sources(step, &format!("ex{step}"), |_| true)?;
    let manifest = fs::read_to_string(step.solution().join("Cargo.toml"))?;
    files.insert("Cargo.toml".into(), self::manifest(step, &manifest));
    Ok(files)
}

/// The sources of `package`, an exercise of which only some gaps are left to do. They are counted from 1.
pub fn sources(step: &Step, package: &str, is_open: impl Fn(usize) -> bool) -> Result<Files> {
    let gaps = Facts::of(step)?.gaps;
    let folder = step.solution().join("src");
    let mut files = Files::new();
    for file in files_in(&folder)? {
        let solution = fs::read_to_string(folder.join(&file))?.replace("\r\n", "\n");
        let here = (1..).zip(&gaps).filter(|(number, gap)| gap.file == file && is_open(*number));
        let text = with_gaps(&solution, here).with_context(|| format!("solutions/{step}/src/{file}"))?;
        files.insert(format!("src/{file}"), text.replace(&format!("sol{step}"), package));
    }
    Ok(files)
}

/// The text of a file with gaps in it.
fn with_gaps<'a>(solution: &str, gaps: impl Iterator<Item = (usize, &'a Gap)>) -> Result<String> {
    let lines: Vec<&str> = solution.lines().collect();
    let mut cuts = Vec::new();
    for (number, gap) in gaps {
        let range = locate(&lines, gap).with_context(|| format!("the gap of TODO {number}"))?;
        cuts.push((range.start, range.end, stand_in(number, gap, indent(lines[range.start]))));
    }
    cuts.sort();
    let mut text = String::new();
    let mut next = 0;
    for (start, end, stand_in) in cuts {
        ensure!(start >= next, "two gaps overlap at {:?}", lines[start].trim());
        text.extend(lines[next..start].iter().flat_map(|line| [line, "\n"]));
        text += &stand_in;
        next = end;
    }
    text.extend(lines[next..].iter().flat_map(|line| [line, "\n"]));
    Ok(text)
}

/// The lines that a gap cuts out.
fn locate(lines: &[&str], gap: &Gap) -> Result<Range<usize>> {
    let body = body(lines, &gap.item)?;
    let find = |from: usize, beginning: &str| {
        (from..body.end)
            .find(|&line| lines[line].trim_start().starts_with(beginning))
            .with_context(|| format!("in {:?} no line begins with {beginning:?}", gap.item))
    };
    let start = gap.first.as_ref().map_or(Ok(body.start), |first| find(body.start, first))?;
    let Some(last) = &gap.last else { return Ok(start..body.end) };
    let last = find(start, last)?;
    if indent(lines[last]) <= indent(lines[start]) {
        return Ok(start..last + 1);
    }
    // It is further in: the brace that leads out belongs to the gap, the next statement doesn't.
    let out = (last..body.end).find(|&line| is_at(lines[line], indent(lines[start])));
    let end = out.filter(|&line| lines[line].trim_start().starts_with(['}', ')', ']']));
    Ok(start..end.unwrap_or(last) + 1)
}

/// The lines between the braces of the item whose first line begins so, whoever may see it. A declaration has none.
fn body(lines: &[&str], item: &str) -> Result<Range<usize>> {
    let begins = |line: &str| {
        let line = line.trim_start();
        line.strip_prefix("pub ").unwrap_or(line).starts_with(item)
    };
    let mut bodies = (0..lines.len()).filter(|&first| begins(lines[first])).filter_map(|first| {
        let here = |line: &usize| is_at(lines[*line], indent(lines[first]));
        let opening = (first..lines.len()).filter(here).find(|&line| lines[line].ends_with(['{', ';']))?;
        let closing = (opening + 1..lines.len()).find(here)?;
        lines[opening].ends_with('{').then_some(opening + 1..closing)
    });
    let body = bodies.next().with_context(|| format!("no block begins with {item:?}"))?;
    ensure!(bodies.next().is_none(), "more than one block begins with {item:?}");
    Ok(body)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_at(line: &str, level: usize) -> bool {
    !line.trim().is_empty() && indent(line) == level
}

/// The comment and the code in a gap.
fn stand_in(number: usize, gap: &Gap, level: usize) -> String {
    let indent = " ".repeat(level);
    let comment = fill(&format!("TODO {number}: {}", gap.task.trim()), WIDTH - level - "// ".len());
    let code = gap.code.replace("{todo}", &format!("todo!(\"TODO {number}: {}\")", gap.todo));
    let comment = comment.iter().map(|line| format!("{indent}// {line}\n"));
    let code = code.lines().map(|line| format!("{indent}{line}\n"));
    comment.chain(code).collect()
}

/// The manifest of the exercise: the solution's with other names and lints, and without what is the solution's alone.
fn manifest(step: &Step, solution: &str) -> String {
    let sections = solution.trim_end().split("\n\n").filter_map(|section| {
        if section == "[lints]\nworkspace = true" {
            return Some(LINTS.trim_end());
        }
        let shared = section.split_once(ONLY_HERE).map_or(section, |(shared, _)| shared).trim_end();
        (!shared.is_empty()).then_some(shared)
    });
    let text = sections.collect::<Vec<_>>().join("\n\n") + "\n";
    text.replace(&format!("\"sol{step}\""), &format!("\"ex{step}\""))
        .replace(&format!("\"{step}_solution\""), &format!("\"{step}\""))
}

/// All files below a folder, seen from there, in order: `main.rs`, `more/file.rs`.
pub fn files_in(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        if entry.file_type().is_file() {
            let file = entry.path().strip_prefix(folder).expect("it is below the folder");
            files.push(file.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "\
trait Listen {
    fn listen(&self);
}

impl Listen for Server {
    pub fn listen(
        &self,
    ) {
        let listener = address
            .resolve();
        if ready {
            accept();
        }
        done();
    }
}
";

    fn gap(item: &str, first: Option<&str>, last: Option<&str>) -> Gap {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Gap {
            file: "main.rs".into(),
            item: item.into(),
            first: text(first),
            last: text(last),
            todo: "listen".into(),
            code: "{todo};".into(),
            task: "call bind().".into(),
            tests: Vec::new(),
            hints: Default::default(),
        }
    }

    /// What a gap leaves of the body of `listen()`.
    fn left(first: Option<&str>, last: Option<&str>) -> String {
        let text = with_gaps(CODE, [(1, &gap("fn listen", first, last))].into_iter()).unwrap();
        let (start, end) = ("    ) {\n", "    }\n}\n");
        text.split_once(start)
            .unwrap()
            .1
            .strip_suffix(end)
            .unwrap()
            .replace("        // TODO 1: call bind().\n", "")
    }

    #[test]
    fn a_gap_is_a_body_or_lines_of_it() {
        let todo = "        todo!(\"TODO 1: listen\");\n";
        assert_eq!(left(None, None), todo);
        let start = "        let listener = address\n            .resolve();\n";
        assert_eq!(left(Some("if ready"), None), format!("{start}{todo}"));
        assert_eq!(left(Some("if ready"), Some("accept")), format!("{start}{todo}        done();\n"));
        let end = "        if ready {\n            accept();\n        }\n        done();\n";
        assert_eq!(left(Some("let listener"), Some(".resolve")), format!("{todo}{end}"));
        assert_eq!(left(None, Some("let listener")), format!("{todo}            .resolve();\n{end}"));
    }

    #[test]
    fn a_gap_that_is_nowhere_is_an_error() {
        for (item, first, last) in [
            ("fn accept", None, None),
            ("fn listen", Some("accept()!"), None),
            ("fn listen", Some("done"), Some("if ready")),
        ] {
            let error = with_gaps(CODE, [(1, &gap(item, first, last))].into_iter()).unwrap_err();
            assert!(format!("{error:#}").starts_with("the gap of TODO 1: "), "{error:#}");
        }
        let (whole, part) = (gap("fn listen", None, None), gap("fn listen", Some("done"), None));
        assert!(with_gaps(CODE, [(1, &whole), (2, &part)].into_iter()).is_err());
        assert!(with_gaps(&CODE.repeat(2), [(1, &whole)].into_iter()).is_err());
    }

    #[test]
    fn what_is_only_for_the_solution_is_not_in_the_exercise() {
        let step: Step = "1".parse().unwrap();
        let solution = "[package]\nname = \"sol01_basic_single\"\n\n[[bin]]\nname = \"01_basic_single_solution\"\n\
                        # Only here.\nbench = false\n\n# Only here.\n[[bench]]\n\n[lints]\nworkspace = true\n";
        let start = "[package]\nname = \"ex01_basic_single\"\n\n[[bin]]\nname = \"01_basic_single\"\n\n";
        assert_eq!(manifest(&step, solution), format!("{start}{LINTS}"));
    }
}
