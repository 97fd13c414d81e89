//! A diagram for the web, as Mermaid. The same diagram gives the same text, on any machine.

use std::fmt::Write;

use super::{Diagram, Line, Row};
use crate::text::{plain, wrap};

/// Light in a light theme, and dark in a dark one.
const SHADE: &str = "rgba(0,120,255,0.15)";

/// Mermaid doesn't wrap notes.
const NOTE_WIDTH: usize = 40;

/// More than anybody says in a diagram for the web.
const LABEL_WIDTH: usize = 60;

pub fn write(diagram: &Diagram) -> String {
    let mut text = String::from("sequenceDiagram\n");
    for (place, name) in diagram.cast.iter().enumerate() {
        let id = id(diagram, place);
        let called = if id == *name { String::new() } else { format!(" as {}", escape(name)) };
        line(&mut text, 1, &format!("participant {id}{called}"));
    }
    let mut in_phase = false;
    for event in &diagram.events {
        match &event.row {
            Row::Phase { title } => {
                if in_phase {
                    line(&mut text, 1, "end");
                }
                in_phase = true;
                line(&mut text, 1, &format!("rect {SHADE}"));
                line(&mut text, 2, &note(diagram, None, title));
            }
            Row::Note { over, text: words } => line(&mut text, 2, &note(diagram, *over, words)),
            Row::Surprise { over, text: words } => {
                line(&mut text, 2, &note(diagram, Some(*over), &format!("Unexpected: {words}")));
            }
            Row::Arrow { from, to, label, line: kind } => {
                let label = escape(&label.quoted(LABEL_WIDTH));
                let (from, to) = (id(diagram, *from), id(diagram, *to));
                line(&mut text, 2, &format!("{from}{}{to}: {label}", arrow(*kind)));
            }
        }
    }
    if in_phase {
        line(&mut text, 1, "end");
    }
    text
}

fn line(text: &mut String, depth: usize, words: &str) {
    writeln!(text, "{:indent$}{words}", "", indent = 4 * depth).expect("a String takes any text");
}

/// What one of the cast is called in Mermaid's own words.
fn id(diagram: &Diagram, place: usize) -> String {
    let name = &diagram.cast[place];
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric()) && name != "end";
    if is_word { name.clone() } else { format!("p{place}") }
}

fn arrow(line: Line) -> &'static str {
    match line {
        Line::Bytes => "->>",
        Line::Datagram => "-)",
        Line::Control => "-->>",
        Line::Reset => "--x",
    }
}

fn note(diagram: &Diagram, over: Option<usize>, words: &str) -> String {
    let last = diagram.cast.len() - 1;
    let over = match over {
        Some(place) => id(diagram, place),
        None if last == 0 => id(diagram, 0),
        None => format!("{},{}", id(diagram, 0), id(diagram, last)),
    };
    let rows = words.lines().flat_map(|line| wrap(line, NOTE_WIDTH));
    let rows: Vec<String> = rows.map(|row| escape(&row)).collect();
    format!("Note over {over}: {}", rows.join("<br/>"))
}

/// Text that Mermaid takes for text: what might mean something to it is written as a character's number.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in plain(text).chars() {
        let is_plain = c.is_alphanumeric()
            || matches!(c, ' ' | '.' | ',' | '!' | '?' | '\'' | '(' | ')' | '-' | '/' | '_' | '+');
        if is_plain {
            escaped.push(c);
        } else {
            write!(escaped, "#{};", u32::from(c)).expect("a String takes any text");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_means_anything_to_mermaid() {
        assert_eq!(escape("Hello, World!"), "Hello, World!");
        assert_eq!(escape(r#""a;b#c:d\n""#), "#34;a#59;b#35;c#58;d#92;n#34;");
        assert_eq!(escape("<time> & %% {x}"), "#60;time#62; #38; #37;#37; #123;x#125;");
        assert_eq!(escape("\x1b[2J"), "#92;u#123;1b#125;#91;2J");
    }

    #[test]
    fn a_diagram_is_written_row_by_row() {
        let arrow = |from, to, label: &str, line| Row::Arrow { from, to, label: label.into(), line };
        let rows = [
            Row::Phase { title: "connect".into() },
            arrow(0, 1, "connect", Line::Control),
            Row::Note { over: Some(0), text: "it waits".into() },
            arrow(1, 0, "Hi", Line::Bytes),
        ];
        let cast = vec!["client 1".into(), "server".into()];
        let diagram = Diagram { cast, program: 1, events: rows.map(Row::into).into() };
        let expected = "sequenceDiagram\n    participant p0 as client 1\n    participant server\n    \
                        rect rgba(0,120,255,0.15)\n        Note over p0,server: connect\n        \
                        p0-->>server: connect\n        Note over p0: it waits\n        server->>p0: Hi\n    end\n";
        assert_eq!(write(&diagram), expected);
    }
}
