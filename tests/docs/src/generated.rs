//! Blocks that are written by a program: code of the solutions, differences between them, what a command prints, criteria.
//!
//! A block stands between two comments. The first says what is to be there, in words as a shell takes them:
//!
//! ```text
//! <!-- begin: code FILE "first line" ["last line"] -->
//! <!-- begin: diff FILE FILE -->
//! <!-- begin: run LANGUAGE COMMAND... -->
//! <!-- begin: criteria STEP -->
//! <!-- end -->
//! ```

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use rules::course;
use similar::TextDiff;

use crate::{Page, criteria};

// At the beginning of a line: elsewhere it is an example.
const BEGIN: &str = "\n<!-- begin: ";
const END: &str = "\n<!-- end -->";

/// The page as it should be: each of its blocks written anew.
///
/// # Errors
/// A block has no end, or can't be written.
pub fn current(page: &Page) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = page.text.as_str();
    while let Some(start) = rest.find(BEGIN) {
        let (before, block) = rest.split_at(start);
        let length = block[1..].find('\n').ok_or("a page ends with a line")? + 1;
        let (first_line, block) = block.split_at(length);
        let source = first_line.trim_start_matches(BEGIN).trim_end_matches("-->").trim();
        let end = block.find(END).ok_or_else(|| format!("{first_line} has no end"))?;
        let new = content(source, &page.path).map_err(|reason| format!("{first_line}\n{reason}"))?;
        write!(text, "{before}{first_line}\n{new}{END}").expect("memory takes it");
        rest = &block[end + END.len()..];
    }
    Ok(text + rest)
}

fn content(source: &str, page: &Path) -> Result<String, String> {
    let words = shlex::split(source).ok_or("a quotation mark is missing")?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["code", file, first] => Ok(block(&link(page, file), "rust,ignore", &item(&read(file)?, first)?)),
        ["code", file, first, last] => {
            Ok(block(&link(page, file), "rust,ignore", &part(&read(file)?, first, last)?))
        }
        ["diff", old, new] => {
            let caption = format!("{} → {}", link(page, old), link(page, new));
            Ok(block(&caption, "diff", &difference(&read(old)?, &read(new)?)))
        }
        ["run", language, command @ ..] => {
            // GitHub and mdBook wait for an empty line between a comment and a block.
            Ok(format!("\n```{language}\n{}\n```\n", output_of(command)?.trim_end()))
        }
        ["criteria", step] => criteria::tables(step),
        _ => Err("it must be `code FILE FIRST [LAST]`, `diff FILE FILE`, `run LANGUAGE COMMAND...` or `criteria STEP`".into()),
    }
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
    fn a_part_ends_where_it_is_told() {
        assert_eq!(part(CODE, "let y", "x +").unwrap(), "let y = {\n    2\n};\nx + y");
        assert!(part(CODE, "x +", "let y").is_err());
    }

    #[test]
    fn a_block_is_written_between_its_comments() {
        let page = |text: &str| Page { path: "docs/src/x.md".into(), text: text.to_owned() };
        let stale = page("a\n\n<!-- begin: run text cargo --version -->\nold\n<!-- end -->\n\nb\n");
        let new = current(&stale).unwrap();
        assert!(
            new.starts_with("a\n\n<!-- begin: run text cargo --version -->\n\n```text\ncargo 1."),
            "{new}"
        );
        assert!(new.ends_with("\n```\n\n<!-- end -->\n\nb\n"), "{new}");
        assert_eq!(current(&page(&new)).unwrap(), new);
        assert!(current(&page("\n<!-- begin: run text cargo -V -->\n")).is_err());
        assert!(current(&page("\n<!-- begin: nonsense -->\n<!-- end -->\n")).is_err());
        let example = page("\n    <!-- begin: nonsense -->\n");
        assert_eq!(current(&example).unwrap(), example.text);
    }
}
