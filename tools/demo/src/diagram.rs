//! A scene as a sequence diagram in text, row by row.

use crate::picture::{Kind, Picture};
use crate::scene::Actor;

/// The most that lies between two lifelines, in characters.
const WIDEST_GAP: usize = 44;

/// What the lines are drawn with.
pub struct Strokes {
    pub lifeline: char,
    line: char,
    left: char,
    right: char,
    broken: char,
}

/// For a pipe or a file.
pub const ASCII: Strokes = Strokes { lifeline: '|', line: '-', left: '<', right: '>', broken: 'x' };

/// For a screen.
pub const DRAWN: Strokes = Strokes { lifeline: '│', line: '─', left: '◀', right: '▶', broken: '✕' };

/// A row, and what it is of.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub text: String,
    pub ink: Ink,
}

/// What a row is of: a screen gives each its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Names,
    Phase,
    Note,
    /// Between the program and the one at this place in the cast.
    Arrow(usize),
    Otherwise,
}

/// The lifelines on a picture that is so many characters wide.
pub struct Diagram<'a> {
    cast: &'a [Actor],
    /// The place of the program in the cast.
    program: usize,
    width: usize,
    strokes: &'a Strokes,
}

impl<'a> Diagram<'a> {
    pub fn new(cast: &'a [Actor], program: Actor, width: usize, strokes: &'a Strokes) -> Self {
        let program = cast.iter().position(|actor| *actor == program).expect("the program is in the cast");
        Self { cast, program, width: width.max(20 * cast.len()), strokes }
    }

    /// The names above the lifelines.
    pub fn header(&self) -> Row {
        let mut cells = vec![' '; self.width];
        for (place, actor) in self.cast.iter().enumerate() {
            self.write(&mut cells, self.column(place), actor.0);
        }
        Row { text: text(&cells), ink: Ink::Names }
    }

    pub fn rows(&self, picture: &Picture) -> Vec<Row> {
        match picture {
            Picture::Phase(title) => {
                let rest = self.width.saturating_sub(title.chars().count() + 6);
                let line = |count| self.strokes.line.to_string().repeat(count);
                vec![Row { text: format!("{} {title} {}", line(3), line(rest)), ink: Ink::Phase }]
            }
            Picture::Note { over, text } => self.note(*over, text, Ink::Note),
            Picture::Otherwise { over, text } => self.note(Some(*over), text, Ink::Otherwise),
            Picture::Arrow { from, to, label, kind } => self.arrow(*from, *to, label, *kind),
        }
    }

    fn column(&self, place: usize) -> usize {
        let gaps = (self.cast.len() - 1).max(1);
        let margin = 6;
        margin + place * ((self.width - 2 * margin) / gaps).min(WIDEST_GAP)
    }

    fn lifelines(&self) -> Vec<char> {
        let mut cells = vec![' '; self.width];
        for place in 0..self.cast.len() {
            cells[self.column(place)] = self.strokes.lifeline;
        }
        cells
    }

    fn arrow(&self, from: usize, to: usize, label: &str, kind: Kind) -> Vec<Row> {
        let mut cells = self.lifelines();
        let (start, end) = (self.column(from.min(to)) + 1, self.column(from.max(to)));
        cells[start..end].fill(self.strokes.line);
        let head = if from < to { end - 1 } else { start };
        cells[head] = match kind {
            Kind::Reset => self.strokes.broken,
            _ if from < to => self.strokes.right,
            _ => self.strokes.left,
        };
        let actor = if from == self.program { to } else { from };
        let label = format!(" {label} ");
        let middle = self.beside(actor, label.chars().count());
        let row = |cells: &[char]| Row { text: text(cells), ink: Ink::Arrow(actor) };
        if label.chars().count() + 4 <= end - start {
            self.write(&mut cells, middle, &label);
            return vec![row(&cells)];
        }
        // It has no room on the arrow, and stands above it.
        let mut above = self.lifelines();
        self.write(&mut above, middle, &label);
        vec![row(&above), row(&cells)]
    }

    /// The middle of where something so wide stands: on the actor's own side of the next lifeline, if it has room there.
    fn beside(&self, actor: usize, width: usize) -> usize {
        let next = if actor < self.program { actor + 1 } else { actor - 1 };
        let far =
            if self.column(next).abs_diff(self.column(actor)) > width + 4 { next } else { self.program };
        usize::midpoint(self.column(actor), self.column(far))
    }

    /// Below the one it is about, and as wide as it needs to be.
    fn note(&self, over: Option<usize>, words: &str, ink: Ink) -> Vec<Row> {
        let middle = over
            .map_or(usize::midpoint(self.column(0), self.column(self.cast.len() - 1)), |place| {
                self.column(place)
            });
        let lines = words.lines().flat_map(|line| wrap(line, self.width.min(64) - 4));
        let lines: Vec<String> = lines.collect();
        let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let row = |line: &String| {
            let mut cells = self.lifelines();
            self.write(&mut cells, middle, &format!("[ {line:widest$} ]"));
            Row { text: text(&cells), ink }
        };
        lines.iter().map(row).collect()
    }

    /// Writes over what is there, around `middle` and within the picture.
    fn write(&self, cells: &mut [char], middle: usize, words: &str) {
        let width = words.chars().count();
        let start = middle.saturating_sub(width / 2).min(self.width.saturating_sub(width));
        for (cell, c) in cells[start..].iter_mut().zip(words.chars()) {
            *cell = c;
        }
    }
}

fn text(cells: &[char]) -> String {
    cells.iter().collect::<String>().trim_end().to_owned()
}

/// Lines of whole words, as few as `width` allows and about equally long.
pub fn wrap(words: &str, width: usize) -> Vec<String> {
    let lines = fill(words, width);
    let narrower = (1..width).map(|width| fill(words, width));
    narrower.into_iter().find(|narrow| narrow.len() == lines.len()).unwrap_or(lines)
}

/// Lines of whole words, none wider than `width` unless a word is.
fn fill(words: &str, width: usize) -> Vec<String> {
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
mod tests {
    use super::*;

    #[test]
    fn arrows_lead_from_one_lifeline_to_another() {
        let cast = ["alice", "server", "bob"].map(Actor);
        let diagram = Diagram::new(&cast, cast[1], 60, &ASCII);
        let arrow = |from, to, kind| {
            let picture = Picture::Arrow { from, to, label: "\"Hi\"".into(), kind };
            diagram.rows(&picture).remove(0).text
        };
        let drawn = [
            diagram.header().text,
            arrow(0, 1, Kind::Bytes),
            arrow(2, 1, Kind::Reset),
            arrow(1, 2, Kind::Bytes),
            diagram.rows(&Picture::Note { over: Some(2), text: "it waits".into() }).remove(0).text,
        ];
        assert_eq!(
            drawn,
            [
                "    alice                  server                    bob",
                "      |-------- \"Hi\" -------->|                       |",
                "      |                       |x------- \"Hi\" ---------|",
                "      |                       |-------- \"Hi\" -------->|",
                "      |                       |                 [ it waits ]",
            ]
        );
    }

    #[test]
    fn a_long_note_has_several_rows() {
        assert_eq!(wrap("one two three", 12), ["one two", "three"]);
        assert_eq!(wrap("one two three", 13), ["one two three"]);
    }
}
