//! A diagram as a list, for a screen that is too narrow for lifelines.

use super::text::{Drawn, Ink};
use super::{Line, Row};
use crate::text::{fill, plain};

/// A row of the diagram in lines of at most `width` characters, unless a word is longer.
pub fn rows(cast: &[String], row: &Row, width: usize) -> Vec<Drawn> {
    let (text, ink) = match row {
        Row::Phase { title } => (format!("--- {title} ---"), Ink::Phase),
        Row::Note { over: None, text } => (format!("[ {text} ]"), Ink::Note),
        Row::Note { over: Some(place), text } => (format!("[ {}: {text} ]", cast[*place]), Ink::Note),
        Row::Surprise { over, text } => (format!("[ {}: {text} ]", cast[*over]), Ink::Surprise),
        Row::Arrow { from, to, label, line } => {
            let head = if *line == Line::Reset { "-x" } else { "->" };
            let way = format!("{} {head} {}: ", cast[*from], cast[*to]);
            let label = label.quoted(width.saturating_sub(way.chars().count()).max(16));
            (way + &label, Ink::Arrow(*from))
        }
    };
    let lines = fill(&plain(&text.replace('\n', " ")), width.saturating_sub(2)).into_iter().enumerate();
    lines
        .map(|(place, line)| Drawn { text: if place > 0 { format!("  {line}") } else { line }, ink })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_who_sends_what_to_whom() {
        let cast = ["alice".to_owned(), "server".to_owned()];
        let texts = |row: &Row| rows(&cast, row, 30).into_iter().map(|row| row.text).collect::<Vec<_>>();
        let arrow = |line, label: &str| Row::Arrow { from: 0, to: 1, label: label.into(), line };
        assert_eq!(texts(&arrow(Line::Bytes, "\"Hi\"")), ["alice -> server: \"Hi\""]);
        assert_eq!(texts(&arrow(Line::Reset, "RST")), ["alice -x server: RST"]);
        let note = Row::Note { over: Some(1), text: "it waits for alice and nobody else".into() };
        assert_eq!(texts(&note), ["[ server: it waits for alice", "  and nobody else ]"]);
    }
}
