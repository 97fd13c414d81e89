//! What the other side sent, made harmless for a screen or a log.

use std::fmt::{self, Write as _};

/// Longer text is cut after this many characters, so that a client can't fill a log with one line.
const LONGEST: usize = 80;

/// Shows `bytes` on one line: without the line ending, control characters escaped (`\n`, `\u{1b}`), bytes that are
/// not UTF-8 as `\xff`, a backslash doubled so that no escape can be forged, and cut at 80 characters.
///
/// ```
/// assert_eq!(support::printable(b"Hello\r\n").to_string(), "Hello");
/// assert_eq!(support::printable(b"two\nlines \xff").to_string(), r"two\nlines \xff");
/// ```
pub fn printable(bytes: &[u8]) -> impl fmt::Display + '_ {
    Escaped { bytes: without_line_ending(bytes), longest: LONGEST }
}

/// Shows `bytes` as [`printable`] does, at full length.
pub fn escaped(bytes: &[u8]) -> impl fmt::Display + '_ {
    Escaped { bytes: without_line_ending(bytes), longest: usize::MAX }
}

fn without_line_ending(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// How many characters at the beginning are shown as they are. That is looked at by itself, as most text is nothing else.
fn plain_length(text: &str) -> usize {
    text.bytes().take_while(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\').count()
}

struct Escaped<'a> {
    bytes: &'a [u8],
    /// In characters.
    longest: usize,
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No byte shows as less than a quarter of a character: what lies further on is cut in any case.
        let start = &self.bytes[..self.bytes.len().min(self.longest.saturating_mul(4).saturating_add(4))];
        let mut room = self.longest;
        for chunk in start.utf8_chunks() {
            let mut text = chunk.valid();
            loop {
                let (plain, rest) = text.split_at(plain_length(text).min(room));
                f.write_str(plain)?;
                room -= plain.len();
                text = rest;
                let Some(c) = text.chars().next() else { break };
                // Quotes are harmless, and more readable bare.
                let width = if matches!(c, '\'' | '"') { 1 } else { c.escape_debug().len() };
                let Some(rest) = room.checked_sub(width) else { return f.write_str("...") };
                room = rest;
                match width {
                    1 => f.write_char(c)?,
                    _ => write!(f, "{}", c.escape_debug())?,
                }
                text = &text[c.len_utf8()..];
            }
            for byte in chunk.invalid() {
                let Some(rest) = room.checked_sub(r"\xff".len()) else { return f.write_str("...") };
                room = rest;
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: impl AsRef<[u8]>) -> String {
        printable(bytes.as_ref()).to_string()
    }

    #[test]
    fn text_stays_as_it_is_but_for_its_line_ending() {
        assert_eq!(shown("it's \"Grüße\" 👋\r\n"), "it's \"Grüße\" 👋");
        assert_eq!(shown("only one\n\n"), r"only one\n");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn control_characters_and_bytes_that_are_no_text_are_escaped() {
        assert_eq!(shown("a\nb\r\tc\u{1b}[31m\0"), r"a\nb\r\tc\u{1b}[31m\0");
        assert_eq!(shown(b"\xff\xc3(\xe2\x82"), r"\xff\xc3(\xe2\x82");
        assert_eq!(shown("right to left \u{202e}"), r"right to left \u{202e}");
        assert_eq!(shown(r"no forged \n"), r"no forged \\n");
    }

    #[test]
    fn no_character_can_move_the_cursor_break_the_line_or_turn_its_direction() {
        let controls = (0..=0x1f).chain(0x7f..=0x9f); // C0, DEL and C1
        let breaks = 0x2028..=0x2029;
        let bidirectional =
            [0x061c, 0x200e, 0x200f].into_iter().chain(0x202a..=0x202e).chain(0x2066..=0x2069);
        for code in controls.chain(breaks).chain(bidirectional) {
            let character = char::from_u32(code).unwrap();
            let shown = shown(format!("{character}."));
            assert!(
                shown.starts_with('\\') && !shown.contains(character),
                "U+{code:04X} is shown as {shown:?}"
            );
        }
    }

    #[test]
    fn it_is_shown_at_full_length_if_wanted() {
        assert_eq!(escaped(&[0xff; 1000]).to_string(), r"\xff".repeat(1000));
        assert_eq!(escaped(b"two\nlines\r\n").to_string(), r"two\nlines");
    }

    #[test]
    fn it_is_cut_at_80_characters() {
        assert_eq!(shown("x".repeat(80)), "x".repeat(80));
        assert_eq!(shown("x".repeat(81)), "x".repeat(80) + "...");
        assert_eq!(shown("👋".repeat(1000)), "👋".repeat(80) + "...");
        assert_eq!(shown([0xff; 1000]), r"\xff".repeat(20) + "...");
    }
}
