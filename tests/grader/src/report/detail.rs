//! What was expected, and what came instead.

use serde::{Deserialize, Serialize};

use crate::excerpt::{Content, Excerpt};

/// How many bytes before and after the first difference are kept.
const SURROUNDINGS: usize = 64;

/// How wide bytes may be that stand in a line of their own.
const ROOM: usize = 60;

/// What was expected, and what came instead.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Content>,
    /// What the submission sent or printed, or how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Content>,
    /// The number of the first byte that differs, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_difference: Option<usize>,
    /// What else there is to say, each in a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Detail {
    pub fn expected(what: impl Into<Content>) -> Self {
        Self { expected: Some(what.into()), ..Self::default() }
    }

    /// The bytes expected beside those received.
    pub fn difference(expected: &[u8], received: &[u8]) -> Self {
        let place = expected.iter().zip(received).take_while(|(a, b)| a == b).count();
        let around = |bytes| Some(Excerpt::around(bytes, place, SURROUNDINGS).into());
        let (expected, received) = (around(expected), around(received));
        Self { expected, received, first_difference: Some(place), notes: Vec::new() }
    }

    pub fn received(self, what: impl Into<Content>) -> Self {
        Self { received: Some(what.into()), ..self }
    }

    /// Nothing came.
    pub fn nothing(self) -> Self {
        self.received(Excerpt::default())
    }

    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// The same in words; `received` is what happened to what came: it was received, or printed.
    pub fn lines(&self, received: &str) -> Vec<String> {
        let mut notes = self.notes.iter().flat_map(|note| note.lines()).map(crate::text::plain);
        let mut lines = match (&self.expected, &self.received, self.first_difference) {
            (Some(Content::Bytes(expected)), Some(Content::Bytes(got)), Some(place)) => {
                let (wanted, mark) = expected.around_quoted(place);
                let (got, _) = got.around_quoted(place);
                let mark = format!("{:9}{:mark$}^ the first difference, at byte {place}", "", "");
                vec![format!("expected {wanted}"), format!("{received:8} {got}"), mark]
            }
            (Some(expected), Some(Content::Bytes(got)), None) if got.size() == 0 => {
                let why = notes.next().map(|note| format!(": {note}")).unwrap_or_default();
                vec![format!("expected {}, {received} nothing{why}", expected.quoted(ROOM))]
            }
            (expected, got, _) => {
                let line = |word, content: &Content| format!("{word:8} {}", content.quoted(ROOM));
                let expected = expected.iter().map(|content| line("expected", content));
                expected.chain(got.iter().map(|content| line(received, content))).collect()
            }
        };
        lines.extend(notes);
        lines
    }
}

/// Words alone.
impl<T: Into<String>> From<T> for Detail {
    fn from(words: T) -> Self {
        Self::default().note(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_marked() {
        assert_eq!(
            Detail::difference(b"Hello\n", b"Hello").lines("received"),
            [
                "expected \"Hello\\n\"",
                "received \"Hello\"",
                "               ^ the first difference, at byte 5"
            ]
        );
    }

    #[test]
    fn nothing_is_said_in_one_line() {
        let detail =
            Detail::expected(Excerpt::start(b"Hello\n", 64)).nothing().note("it is silent").note("more");
        assert_eq!(
            detail.lines("received"),
            ["expected \"Hello\\n\", received nothing: it is silent", "more"]
        );
    }

    #[test]
    fn what_was_printed_stands_below_what_was_expected() {
        let detail = Detail::expected("\"a\"").received("\"b\"").note("after 2 right lines");
        assert_eq!(detail.lines("printed"), ["expected \"a\"", "printed  \"b\"", "after 2 right lines"]);
    }
}
