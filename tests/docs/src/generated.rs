//! Blocks that are written by a program: code of the solutions, differences between them, what a command prints, names of tests.
//!
//! A block stands between two comments. The first says what is to be there, in words as a shell takes them:
//!
//! ```text
//! <!-- begin: code FILE "first line" ["last line"] -->
//! <!-- begin: diff FILE FILE -->
//! <!-- begin: run LANGUAGE COMMAND... -->
//! <!-- begin: tests STEP -->
//! <!-- end -->
//! ```
//!
//! Those that are made of the facts about steps come from [`steps::tables`].

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use rules::course;
use similar::TextDiff;
use steps::{blocks, tables};

use crate::{Page, test_names};

/// The page as it should be: each of its blocks written anew.
///
/// # Errors
/// A block has no end, or can't be written.
pub fn current(page: &Page) -> Result<String, String> {
    let content = |words: &str| {
        let fact = || content(words, &page.path).map_err(anyhow::Error::msg);
        Some(tables::block(words).unwrap_or_else(fact))
    };
    blocks::current(&page.text, content).map_err(|error| format!("{error:#}"))
}

fn content(source: &str, page: &Path) -> Result<String, String> {
    let words = shlex::split(source).ok_or("a quotation mark is missing")?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["code", file, first] => {
            let text = read(file)?;
            let item = if is_python(file) { indented(&text, first)? } else { item(&text, first)? };
            Ok(block(&link(page, file), language(file), &item))
        }
        ["code", file, first, last] => {
            Ok(block(&link(page, file), language(file), &part(&read(file)?, first, last)?))
        }
        ["diff", old, new] => {
            let caption = format!("{} → {}", link(page, old), link(page, new));
            Ok(block(&caption, "diff", &difference(&read(old)?, &read(new)?)))
        }
        ["run", language, command @ ..] => {
            // GitHub and mdBook wait for an empty line between a comment and a block.
            Ok(format!("\n```{language}\n{}\n```\n", output_of(command)?.trim_end()))
        }
        ["tests", step] => test_names::lists(step),
        _ => Err("CONTRIBUTING.md lists the kinds of blocks, and this isn't one of them".into()),
    }
}

fn is_python(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "py")
}

/// Blocks that are called `python` are programs, and a test runs them: a part of one is called `py`.
fn language(file: &str) -> &'static str {
    if is_python(file) { "py" } else { "rust,ignore" }
}

fn block(caption: &str, language: &str, text: &str) -> String {
    format!("\n{caption}\n\n```{language}\n{}\n```\n", text.trim_end())
}

fn read(file: &str) -> Result<String, String> {
    let text = fs::read_to_string(course().join(file)).map_err(|error| format!("{file}: {error}"))?;
    Ok(text.replace("\r\n", "\n"))
}

/// A link to a file of the repository, from a page.
fn link(page: &Path, file: &str) -> String {
    let up = "../".repeat(page.components().count() - 1);
    format!("[{file}]({up}{file})")
}

/// An item: from the line that begins with `first` to the brace that closes it.
fn item(text: &str, first: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = find(&lines, first, 0)?;
    let indent = indent_of(lines[start]);
    let ends = |line: &&str| {
        indent_of(line) == indent && !line.trim().is_empty() && line.ends_with(['}', ';', ')', ']'])
    };
    let length = lines[start..].iter().position(ends).ok_or_else(|| format!("{first:?} has no end"))?;
    Ok(outdented(&lines[start..=start + length]))
}

/// An item of Python: the line that begins with `first`, and all below it that is further in.
fn indented(text: &str, first: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = find(&lines, first, 0)?;
    let indent = indent_of(lines[start]);
    let is_inside = |line: &&&str| line.trim().is_empty() || indent_of(line) > indent;
    let length = lines[start + 1..].iter().take_while(is_inside).count();
    Ok(outdented(&lines[start..=start + length]).trim_end().to_owned())
}

/// From the line that begins with `first` to the next one that begins with `last`.
fn part(text: &str, first: &str, last: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = find(&lines, first, 0)?;
    let end = find(&lines, last, start + 1)?;
    Ok(outdented(&lines[start..=end]))
}

fn find(lines: &[&str], begin: &str, from: usize) -> Result<usize, String> {
    let found = lines[from..].iter().position(|line| line.trim_start().starts_with(begin));
    found.map(|place| place + from).ok_or_else(|| format!("no line begins with {begin:?}"))
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn outdented(lines: &[&str]) -> String {
    let indent = indent_of(lines[0]);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect();
    lines.join("\n")
}

fn difference(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(2).to_string()
}

/// What a command prints on its standard output.
fn output_of(command: &[&str]) -> Result<String, String> {
    let (program, arguments) = command.split_first().ok_or("a command is missing")?;
    let program = match *program {
        "cargo" => env::var_os("CARGO").unwrap_or("cargo".into()),
        other => other.into(),
    };
    let output = Command::new(program)
        .args(arguments)
        .current_dir(course())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str =
        "use a;\n\nfn f() {\n    let x = 1;\n    let y = {\n        2\n    };\n    x + y\n}\n\nfn g() {}\n";

    #[test]
    fn an_item_ends_with_its_brace() {
        assert_eq!(item(CODE, "fn f").unwrap(), CODE[8..CODE.len() - 12].trim_end());
        assert_eq!(item(CODE, "fn g").unwrap(), "fn g() {}");
        assert_eq!(item(CODE, "let y").unwrap(), "let y = {\n    2\n};");
        assert!(item(CODE, "fn h").is_err());
    }

    #[test]
    fn an_item_of_python_ends_where_the_indent_does() {
        let code = "import a\n\ndef f():\n    x = 1\n\n    return x\n\n\ndef g():\n    pass\n";
        assert_eq!(indented(code, "def f").unwrap(), "def f():\n    x = 1\n\n    return x");
        assert_eq!(indented(code, "def g").unwrap(), "def g():\n    pass");
        assert!(indented(code, "def h").is_err());
    }

    #[test]
    fn a_part_ends_where_it_is_told() {
        assert_eq!(part(CODE, "let y", "x +").unwrap(), "let y = {\n    2\n};\nx + y");
        assert!(part(CODE, "x +", "let y").is_err());
    }

    #[test]
    fn a_page_has_both_kinds_of_blocks() {
        let blocks = ["run text cargo --version", "lessons"]
            .map(|kind| format!("\n<!-- begin: {kind} -->\nold\n<!-- end -->\n"));
        let page = |text: String| current(&Page { path: "docs/src/x.md".into(), text });
        let new = page(blocks.concat()).unwrap();
        assert!(new.contains(" -->\n\n```text\ncargo 1.") && new.contains("| step | read |"), "{new}");
        assert!(page("\n<!-- begin: nonsense -->\n<!-- end -->\n".into()).is_err());
    }
}
