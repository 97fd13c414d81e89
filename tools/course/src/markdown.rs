//! The Markdown of a hint as text for a terminal.

use crate::human::wrapped;

/// Paragraphs and list items fill the width, code is indented, and a link is its words and, the first time, its address.
pub fn plain(markdown: &str, width: usize) -> String {
    let mut text = String::new();
    let mut seen = Vec::new();
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in markdown.trim().lines().chain([""]) {
        let is_fence = line.starts_with("```");
        if is_code || is_fence || line.is_empty() || line.starts_with("- ") {
            let hang = if paragraph.starts_with("- ") { 2 } else { 0 };
            if !paragraph.is_empty() {
                text += &wrapped(&without_links(&paragraph, &mut seen), hang, width);
                paragraph.clear();
            }
        }
        match line {
            _ if is_fence => is_code = !is_code,
            _ if is_code => text.extend(["    ", line, "\n"]),
            "" => text += "\n",
            _ if paragraph.is_empty() => line.clone_into(&mut paragraph),
            _ => paragraph = format!("{paragraph} {}", line.trim()),
        }
    }
    text.trim_end().to_owned() + "\n"
}

/// `[words](address)` becomes `words (address)`; an address that was `seen` before, or that says what the words say, isn't repeated.
fn without_links(text: &str, seen: &mut Vec<String>) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        plain += before;
        let parts = link.split_once("](").and_then(|(words, rest)| Some((words, rest.split_once(')')?)));
        rest = match parts {
            Some((words, (address, after))) if !words.contains('[') => {
                plain += words;
                if !seen.iter().any(|other| other == address) && address != words.trim_matches('`') {
                    plain.extend([" (", address, ")"]);
                    seen.push(address.to_owned());
                }
                after
            }
            _ => {
                plain.push('[');
                link
            }
        };
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_its_words_and_its_address_once() {
        let markdown = "Read [`Read`](https://doc.example/read) and
[`Read`](https://doc.example/read) again: `&buffer[..count]`, [a](b).";
        let expected =
            "Read `Read` (https://doc.example/read) and `Read` again: `&buffer[..count]`, a (b).\n";
        assert_eq!(plain(markdown, 100), expected);
    }

    #[test]
    fn lines_fill_the_width_and_code_stays_as_it_is() {
        let markdown = "One two\nthree.\n\n- four\n  five six\n- seven\n\n```rust\nif a {\n    b[1](2)\n}\n```\nThe end\n";
        let expected =
            "One two\nthree.\n\n- four\n  five six\n- seven\n\n    if a {\n        b[1](2)\n    }\nThe end\n";
        assert_eq!(plain(markdown, 11), expected);
    }
}
