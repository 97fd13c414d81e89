//! Bytes as text: short, on one line, and so that each byte can be told.

use std::fmt::Write;

/// `bytes` in quotation marks, at most about `room` characters wide; longer ones end in `..` and their number.
pub fn quote(bytes: &[u8], room: usize) -> String {
    // No byte is less than a quarter of a character: more than that can't be shown.
    let start = &bytes[..bytes.len().min(4 * room)];
    let whole = format!("\"{}\"", escape(start));
    if start.len() == bytes.len() && whole.chars().count() <= room {
        return whole;
    }
    let count = format!("{} bytes", bytes.len());
    let mut text = String::from("\"");
    for piece in pieces(start) {
        if text.chars().count() + piece.chars().count() + count.len() + 4 > room {
            break;
        }
        text += &piece;
    }
    text + "..\" " + &count
}

/// `bytes` without control characters, UTF-8 left readable and other bytes as `\xff`.
pub fn escape(bytes: &[u8]) -> String {
    pieces(bytes).collect()
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = String> + '_ {
    bytes.utf8_chunks().flat_map(|chunk| {
        let valid =
            chunk.valid().chars().map(|c| if c == '\'' { c.into() } else { c.escape_debug().to_string() });
        let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        valid.chain(invalid).collect::<Vec<_>>()
    })
}

/// Expected beside received, with the first byte that differs marked.
pub fn difference(expected: &[u8], received: &[u8]) -> String {
    const BEFORE: usize = 16;
    const AFTER: usize = 32;
    let same = expected.iter().zip(received).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(BEFORE);
    let shown = |bytes: &[u8]| {
        let to = bytes.len().min(same + AFTER);
        let (lead, trail) = (if from > 0 { ".." } else { "" }, if to < bytes.len() { ".." } else { "" });
        format!("{lead}\"{}\"{trail}", escape(&bytes[from..to]))
    };
    let mut text = String::new();
    let lead = if from > 0 { 3 } else { 1 };
    let mark = lead + escape(&expected[from..same]).chars().count();
    let _ = writeln!(text, "expected {}", shown(expected));
    let _ = writeln!(text, "received {}", shown(received));
    let _ = write!(text, "         {:mark$}^ the first difference, at byte {same}", "");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_bytes_are_quoted_whole_and_long_ones_counted() {
        assert_eq!(quote(b"Hello\n", 24), r#""Hello\n""#);
        assert_eq!(quote(b"\xff\0", 24), r#""\xff\0""#);
        assert_eq!(quote(&vec![b'x'; 65536], 24), r#""xxxxxxxx.." 65536 bytes"#);
    }

    #[test]
    fn the_first_difference_is_marked() {
        let text = difference(b"Hello\n", b"Hello");
        assert_eq!(
            text,
            "expected \"Hello\\n\"\nreceived \"Hello\"\n               ^ the first difference, at byte 5"
        );
    }

    #[test]
    fn only_the_surroundings_of_a_difference_are_shown() {
        let (mut a, mut b) = (vec![b'a'; 1000], vec![b'a'; 1000]);
        (a[500], b[500]) = (b'Q', b'R');
        let text = difference(&a, &b);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].find('Q'), lines[1].find('R'));
        assert_eq!(lines[0].find('Q'), lines[2].find('^'));
        assert!(lines[0].len() < 80);
    }
}
