//! The documentation, taken apart for its checks, which are in `tests/`.

mod generated;
mod test_names;
mod transcript;

use std::path::{Path, PathBuf};
use std::{env, fs};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use rules::{course, files_in, names_in, steps};

pub use generated::current;
pub use transcript::{Command, commands};

/// A page of the documentation.
pub struct Page {
    /// Where it is, from the root of the repository.
    pub path: PathBuf,
    /// Its Markdown.
    pub text: String,
}

/// A block of code.
pub struct Block {
    /// What stands behind the three backticks; nothing if the block is indented.
    pub language: String,
    /// The block's lines.
    pub text: String,
    /// How many headings are above it: blocks of one section belong together.
    pub section: usize,
    /// What stands behind `typed:` in the comment above it.
    pub typed: Option<String>,
}

/// All pages: the chapters of the book, the tasks, and what lies at the root.
pub fn pages() -> Vec<Page> {
    let tasks = steps().into_iter().map(|step| Path::new("exercises").join(step).join("README.md"));
    let chapters =
        files_in(&course().join("docs/src")).into_iter().map(|file| Path::new("docs/src").join(file));
    let root = names_in(course()).into_iter().map(PathBuf::from);
    tasks
        .chain(chapters)
        .chain(root)
        .chain([PathBuf::from("tests/submissions/README.md")])
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| Page { text: rules::text(&path).replace("\r\n", "\n"), path })
        .collect()
}

impl Page {
    fn events(&self) -> Parser<'_> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES)
    }

    /// Whether this is a chapter of the book.
    pub fn is_chapter(&self) -> bool {
        self.path.starts_with("docs/src")
    }

    /// The blocks of code.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let (mut section, mut typed, mut open) = (0, None, None);
        for event in self.events() {
            match event {
                Event::Start(Tag::Heading { level, .. }) if level <= HeadingLevel::H3 => section += 1,
                Event::Html(html) if html.starts_with("<!-- typed:") => {
                    let words = html.trim_start_matches("<!-- typed:").trim_end();
                    typed = Some(words.trim_end_matches("-->").trim().to_owned());
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    open = Some(Block { language, text: String::new(), section, typed: typed.take() });
                }
                Event::Text(text) => {
                    if let Some(block) = &mut open {
                        block.text += &text;
                    }
                }
                Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
                _ => {}
            }
        }
        blocks
    }

    /// What stands in single backticks.
    pub fn inline_code(&self) -> Vec<String> {
        let code = |event| if let Event::Code(code) = event { Some(code.to_string()) } else { None };
        self.events().filter_map(code).collect()
    }

    /// Where its links lead.
    pub fn links(&self) -> Vec<String> {
        let target = |event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.to_string())
            }
            _ => None,
        };
        self.events().filter_map(target).collect()
    }

    /// What a link may name behind `#`: its headings, as a repository's web page and mdBook call them.
    pub fn anchors(&self) -> Vec<String> {
        let mut anchors = Vec::new();
        let mut heading: Option<String> = None;
        for event in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        *heading += &text;
                    }
                }
                Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|text| anchor(&text))),
                _ => {}
            }
        }
        anchors
    }
}

/// `One client at a time` is `one-client-at-a-time`.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Whether what is stale is to be written anew.
pub fn update() -> bool {
    env::var_os("UPDATE").is_some()
}

/// Writes a page.
pub fn write(path: &Path, text: &str) {
    fs::write(course().join(path), text).expect("the documentation can be written");
}
