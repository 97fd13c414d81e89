//! A preprocessor of mdBook. Chapters link to files of the repository, which a reader of the book needn't have: each of them
//! becomes a page of the book, and so do the files that these link to.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::{env, fs};

use rules::{course, names_in};
use serde_json::{Value, json};

const CHAPTERS: &str = "docs/src";
const SOURCES: &str = "Files of the course";

fn main() -> io::Result<()> {
    if env::args().nth(1).is_some_and(|word| word == "supports") {
        return Ok(()); // any renderer
    }
    let input: Value = serde_json::from_reader(io::stdin())?;
    let mut book = input[1].clone();
    let mut sources = Sources::default();
    if let Some(items) = book["items"].as_array_mut() {
        // Chapters are nested by their numbers.
        let number = items.iter().filter(|item| item["Chapter"]["number"].is_array()).count() + 1;
        for chapter in items.iter_mut().filter_map(|item| item.get_mut("Chapter")) {
            sources.rewrite(chapter);
        }
        items.push(json!({ "Chapter": {
            "name": SOURCES, "content": format!("# {SOURCES}\n\nThose that the chapters link to.\n"),
            "number": [number], "sub_items": sources.pages(number),
            "path": "files/index.md", "source_path": null, "parent_names": [],
        }}));
    }
    serde_json::to_writer(io::stdout(), &book)?;
    Ok(())
}

/// The files that are linked to, and what their pages hold.
#[derive(Default)]
struct Sources {
    pages: BTreeMap<PathBuf, String>,
    /// Those whose own links are still to be followed.
    new: Vec<PathBuf>,
}

impl Sources {
    fn rewrite(&mut self, chapter: &mut Value) {
        if let (Some(path), Some(content)) = (chapter["source_path"].as_str(), chapter["content"].as_str()) {
            let file = Path::new(CHAPTERS).join(path);
            chapter["content"] = self.linked(content, &file).into();
        }
        for item in chapter["sub_items"].as_array_mut().into_iter().flatten() {
            if let Some(chapter) = item.get_mut("Chapter") {
                self.rewrite(chapter);
            }
        }
    }

    /// The Markdown of `file`, with links to pages of the book.
    fn linked(&mut self, text: &str, file: &Path) -> String {
        let mut pieces = text.split("](");
        let mut linked = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (target, rest) = piece.split_once(')').unwrap_or((piece, ""));
            linked += "](";
            linked += &self.target(target, file).unwrap_or_else(|| target.to_owned());
            linked += &piece[piece.len() - rest.len() - usize::from(piece.len() > target.len())..];
        }
        linked
    }

    /// Where a link leads in the book; nothing if it leads out of the repository, or stays on its page.
    fn target(&mut self, target: &str, file: &Path) -> Option<String> {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let linked = plain(&file.parent()?.join(path))?;
        if path.is_empty() || !course().join(&linked).exists() {
            return None;
        }
        if !linked.starts_with(CHAPTERS) && !self.pages.contains_key(&linked) {
            self.pages.insert(linked.clone(), String::new());
            self.new.push(linked.clone());
        }
        let up = "../".repeat(page_of(file).components().count() - 1);
        let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
        Some(format!("{up}{}{anchor}", told(&page_of(&linked))))
    }

    fn pages(mut self, number: usize) -> Vec<Value> {
        while let Some(file) = self.new.pop() {
            let content = self.content(&file);
            self.pages.insert(file, content);
        }
        let page = |(place, (file, content)): (usize, (PathBuf, String))| {
            let path = told(&page_of(&file));
            json!({ "Chapter": {
                "name": told(&file), "content": content, "number": [number, place + 1], "sub_items": [],
                "path": path, "source_path": null, "parent_names": [SOURCES],
            }})
        };
        self.pages.into_iter().enumerate().map(page).collect()
    }

    fn content(&mut self, file: &Path) -> String {
        let path = course().join(file);
        if path.is_dir() {
            return format!("# {}\n\n- {}\n", told(file), names_in(&path).join("\n- "));
        }
        let text = fs::read_to_string(path).unwrap_or_default();
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("md") => self.linked(&text, file),
            Some("rs") => format!("# {}\n\n````rust,ignore\n{text}````\n", told(file)),
            extension => format!("# {}\n\n````{}\n{text}````\n", told(file), extension.unwrap_or("text")),
        }
    }
}

/// The page of a file, from the root of the book.
fn page_of(file: &Path) -> PathBuf {
    if let Ok(chapter) = file.strip_prefix(CHAPTERS) {
        // mdBook calls it so.
        let is_index = chapter == Path::new("README.md");
        return if is_index { "index.md".into() } else { chapter.to_owned() };
    }
    let mut page = Path::new("files").join(file).into_os_string();
    if file.extension().is_none_or(|extension| extension != "md") {
        page.push(".md");
    }
    page.into()
}

/// A path without `..`; nothing if it leads out of the repository.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !plain.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            part => plain.push(part),
        }
    }
    Some(plain)
}

/// A path as links tell it.
fn told(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
