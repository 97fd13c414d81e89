//! Text for people: nothing in it commands a terminal, and its lines break between words.

/// `text` on one line, with what a terminal or an editor would obey instead of showing it written as its number: control
/// characters (C0, DEL, C1), U+2028 and U+2029, and those that change the direction of writing.
pub fn plain(text: &str) -> String {
    let is_obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_obeyed(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}

/// Lines of whole words, as few as `width` allows and about equally long.
pub fn wrap(words: &str, width: usize) -> Vec<String> {
    let lines = fill(words, width);
    let narrower = (1..width).map(|width| fill(words, width));
    narrower.into_iter().find(|narrow| narrow.len() == lines.len()).unwrap_or(lines)
}

/// Lines of whole words, none wider than `width` unless a word is.
pub fn fill(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let line = lines.last_mut().expect("there is one at least");
        if line.is_empty() {
            word.clone_into(line);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            *line = format!("{line} {word}");
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a hostile submission prints.
    pub const RAW: &str = "\x1b[2J\x07\u{9b}31m\u{2028}\u{202e}\x7f";

    /// What in a text a terminal would obey.
    pub fn commands(text: &str) -> Option<char> {
        text.chars().find(|c| *c != '\n' && RAW.contains(*c) && !c.is_ascii_graphic())
    }

    #[test]
    fn nothing_commands_a_terminal() {
        assert_eq!(
            plain("a\x1b[2J\x07\u{9b}\u{2028}\u{202e}\tä\\"),
            r"a\u{1b}[2J\u{7}\u{9b}\u{2028}\u{202e}\tä\"
        );
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 12), ["one two", "three"]);
        assert_eq!(wrap("one two three", 13), ["one two three"]);
        assert_eq!(fill("one two three", 7), ["one two", "three"]);
    }
}
