//! Bytes as data and as text: short, on one line, and so that each byte can be told.

use serde::{Deserialize, Serialize};

use crate::text::plain;

/// What stands in a report for something that was said or printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// Words about it.
    Words(String),
    /// The bytes, or a part of them.
    Bytes(Excerpt),
}

/// A part of some bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    #[serde(with = "text_or_numbers")]
    bytes: Vec<u8>,
    /// How many bytes come before this part.
    from: usize,
    /// How many bytes the whole has.
    of: usize,
}

impl Content {
    /// On one line, and about `room` characters wide if it is bytes.
    pub fn quoted(&self, room: usize) -> String {
        match self {
            Self::Words(words) => plain(words),
            Self::Bytes(excerpt) => excerpt.quoted(room),
        }
    }
}

impl From<&str> for Content {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Content {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<Excerpt> for Content {
    fn from(excerpt: Excerpt) -> Self {
        Self::Bytes(excerpt)
    }
}

impl Excerpt {
    /// The first bytes, at most `most`.
    pub fn start(bytes: &[u8], most: usize) -> Self {
        Self { bytes: bytes[..bytes.len().min(most)].to_vec(), from: 0, of: bytes.len() }
    }

    /// The bytes around number `place`, at most `most` before and after it.
    pub fn around(bytes: &[u8], place: usize, most: usize) -> Self {
        let from = place.saturating_sub(most);
        let to = bytes.len().min(place + most);
        Self { bytes: bytes[from..to].to_vec(), from, of: bytes.len() }
    }

    /// How many bytes the whole has.
    pub fn size(&self) -> usize {
        self.of
    }

    /// Takes what follows `more` into the whole, and keeps at most `most` bytes.
    pub fn extend(&mut self, more: &Self, most: usize) {
        let room = most.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&more.bytes[..more.bytes.len().min(room)]);
        self.of += more.of;
    }

    /// In quotation marks, at most about `room` characters wide; longer ones end in `..` and the number of bytes.
    pub fn quoted(&self, room: usize) -> String {
        let is_whole = self.bytes.len() == self.of;
        let whole = format!("\"{}\"", escape(&self.bytes));
        if is_whole && whole.chars().count() <= room {
            return whole;
        }
        let count = format!("..\" {} bytes", self.of);
        let room = room.saturating_sub(count.len() + 1);
        format!("\"{}{count}", first(pieces(&self.bytes), room))
    }

    /// What stands around number `place` in quotation marks, and how far from its beginning that byte is.
    pub fn around_quoted(&self, place: usize) -> (String, usize) {
        const BEFORE: usize = 20;
        const AFTER: usize = 42;
        let (before, after) = self.bytes.split_at((place - self.from).min(self.bytes.len()));
        let mut lead: Vec<String> = pieces(before).collect();
        let mut start = lead.len();
        let mut width = 0;
        while start > 0 && width + lead[start - 1].chars().count() <= BEFORE {
            start -= 1;
            width += lead[start].chars().count();
        }
        let is_cut = start > 0 || self.from > 0;
        let lead = format!("{}\"{}", if is_cut { ".." } else { "" }, lead.split_off(start).concat());
        let shown = first(pieces(after), AFTER);
        let is_end = self.from + self.bytes.len() == self.of && shown == escape(after);
        let mark = lead.chars().count();
        (format!("{lead}{shown}\"{}", if is_end { "" } else { ".." }), mark)
    }
}

/// `bytes` in quotation marks, at most about `room` characters wide; longer ones end in `..` and their number.
pub fn quote(bytes: &[u8], room: usize) -> String {
    // No byte is less than a quarter of a character: more than that can't be shown.
    Excerpt::start(bytes, 4 * room).quoted(room)
}

/// `bytes` without control characters, UTF-8 left readable and other bytes as `\xff`.
fn escape(bytes: &[u8]) -> String {
    pieces(bytes).collect()
}

/// The first pieces that fit.
fn first(pieces: impl Iterator<Item = String>, room: usize) -> String {
    let mut width = 0;
    let fits = |piece: &String| {
        width += piece.chars().count();
        width <= room
    };
    pieces.take_while(fits).collect()
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = String> + '_ {
    bytes.utf8_chunks().flat_map(|chunk| {
        let valid =
            chunk.valid().chars().map(|c| if c == '\'' { c.into() } else { c.escape_debug().to_string() });
        let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        valid.chain(invalid).collect::<Vec<_>>()
    })
}

/// In JSON bytes are a string if they are UTF-8, and numbers if not.
mod text_or_numbers {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Numbers(Vec<u8>),
    }

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(bytes) {
            Ok(text) => text.serialize(serializer),
            Err(_) => bytes.serialize(serializer),
        }
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        Ok(match Either::deserialize(deserializer)? {
            Either::Text(text) => text.into_bytes(),
            Either::Numbers(bytes) => bytes,
        })
    }
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
    fn the_surroundings_of_a_byte_are_shown() {
        let mut bytes = vec![b'a'; 1000];
        bytes[500] = b'Q';
        let (text, mark) = Excerpt::around(&bytes, 500, 64).around_quoted(500);
        assert_eq!(text.chars().nth(mark), Some('Q'));
        assert!(text.starts_with("..\"aaa") && text.ends_with("aaa\"..") && text.len() < 72, "{text}");
        assert_eq!(Excerpt::around(b"Hello", 5, 64).around_quoted(5), ("\"Hello\"".into(), 6));
        let noise = Excerpt::around(&[0xff; 64], 32, 64).around_quoted(32);
        assert_eq!((noise.1, noise.0.len() < 72), (23, true), "{}", noise.0);
    }

    #[test]
    fn in_json_bytes_are_text_if_they_can_be() {
        for (bytes, json) in [
            (&b"\x1bhi"[..], r#"{"bytes":"\u001bhi","from":0,"of":3}"#),
            (b"\xff", r#"{"bytes":[255],"from":0,"of":1}"#),
        ] {
            let excerpt = Excerpt::start(bytes, 10);
            assert_eq!(serde_json::to_string(&excerpt).unwrap(), json);
            assert_eq!(serde_json::from_str::<Excerpt>(json).unwrap(), excerpt);
        }
    }
}
