//! Blocks of a page that are written by a program. Each stands between two comments, of which the first says what it is:
//!
//! ```text
//! <!-- begin: todos 01_basic_single -->
//! ...
//! <!-- end -->
//! ```

use anyhow::{Context, Result};

// At the beginning of a line: elsewhere it is an example.
const BEGIN: &str = "\n<!-- begin: ";
const END: &str = "\n<!-- end -->";

/// The page with its blocks rewritten. `content` gets the words of a block's first comment; a block for which it has nothing
/// stays as it is.
pub fn current(page: &str, content: impl Fn(&str) -> Option<Result<String>>) -> Result<String> {
    let mut text = String::new();
    let mut rest = page;
    while let Some(start) = rest.find(BEGIN) {
        let (before, block) = rest.split_at(start);
        let length = block[1..].find('\n').context("a page ends with a line")? + 1;
        let (first_line, block) = block.split_at(length);
        let words = first_line.trim_start_matches(BEGIN).trim_end_matches("-->").trim();
        let end = block.find(END).with_context(|| format!("{first_line} has no end"))?;
        text += before;
        text += first_line;
        match content(words) {
            Some(new) => text = text + "\n" + &new.with_context(|| first_line.trim().to_owned())?,
            None => text += &block[..end],
        }
        text += END;
        rest = &block[end + END.len()..];
    }
    Ok(text + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(words: &str) -> Option<Result<String>> {
        match words {
            "other" => None,
            "bad" => Some(Err(anyhow::anyhow!("no such thing"))),
            words => Some(Ok(format!("{}\n", words.to_uppercase()))),
        }
    }

    #[test]
    fn a_block_is_written_between_its_comments() {
        let page = |inside| format!("a\n\n<!-- begin: x y -->\n{inside}\n<!-- end -->\n\nb\n");
        let new = current(&page("old"), upper).unwrap();
        assert_eq!(new, page("X Y\n"));
        assert_eq!(current(&new, upper).unwrap(), new);
    }

    #[test]
    fn what_is_nobodys_stays() {
        for page in ["\n<!-- begin: other -->\nold\n<!-- end -->\n", "\n    <!-- begin: bad -->\n", ""] {
            assert_eq!(current(page, upper).unwrap(), page);
        }
    }

    #[test]
    fn a_block_needs_an_end_and_a_meaning() {
        assert!(current("\n<!-- begin: x -->\n", upper).is_err());
        let error = current("\n<!-- begin: bad -->\n<!-- end -->\n", upper).unwrap_err();
        assert_eq!(format!("{error:#}"), "<!-- begin: bad -->: no such thing");
    }
}
