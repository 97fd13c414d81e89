//! A scene as a Mermaid sequence diagram, for the web. The same scene gives the same text, on any machine.

use std::fmt::Write;

use crate::diagram::wrap;
use crate::picture::{Kind, Picture};
use crate::scene::{Actor, Scene};

/// Light in a light theme, and dark in a dark one.
const SHADE: &str = "rgba(0,120,255,0.15)";

/// Mermaid doesn't wrap notes.
const NOTE_WIDTH: usize = 40;

pub fn write(scene: &Scene, pictures: &[Picture]) -> String {
    let mut text = String::from("sequenceDiagram\n");
    for actor in scene.cast {
        line(&mut text, 1, &format!("participant {}", actor.0));
    }
    let mut in_phase = false;
    for picture in pictures {
        match picture {
            Picture::Phase(title) => {
                if in_phase {
                    line(&mut text, 1, "end");
                }
                in_phase = true;
                line(&mut text, 1, &format!("rect {SHADE}"));
                line(&mut text, 2, &note(scene.cast, None, title));
            }
            Picture::Note { over, text: words } => line(&mut text, 2, &note(scene.cast, *over, words)),
            Picture::Otherwise { over, text: words } => {
                line(
                    &mut text,
                    2,
                    &note(scene.cast, Some(*over), &format!("Otherwise than in the script: {words}")),
                );
            }
            Picture::Arrow { from, to, label, kind } => {
                let (from, to) = (scene.cast[*from].0, scene.cast[*to].0);
                line(&mut text, 2, &format!("{from}{}{to}: {}", arrow(*kind), escape(label)));
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

fn arrow(kind: Kind) -> &'static str {
    match kind {
        Kind::Bytes => "->>",
        Kind::Datagram => "-)",
        Kind::Control => "-->>",
        Kind::Reset => "--x",
    }
}

fn note(cast: &[Actor], over: Option<usize>, words: &str) -> String {
    let over = match (over, cast) {
        (Some(place), _) => cast[place].0.to_owned(),
        (None, [first, .., last]) => format!("{},{}", first.0, last.0),
        (None, _) => cast[0].0.to_owned(),
    };
    let rows = words.lines().flat_map(|line| wrap(line, NOTE_WIDTH));
    let rows: Vec<String> = rows.map(|row| escape(&row)).collect();
    format!("Note over {over}: {}", rows.join("<br/>"))
}

/// Text that Mermaid takes for text: what might mean something to it is written as a character's number.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
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
    }
}
