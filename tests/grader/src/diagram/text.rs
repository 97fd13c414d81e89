//! A diagram in text, row by row.

use super::{Event, Line, Row};
use crate::excerpt::Content;
use crate::text::{plain, wrap};

/// The most that lies between two lifelines, in characters.
const WIDEST_GAP: usize = 44;

/// The least: a short label has room on its arrow.
const NARROWEST_GAP: usize = 14;

/// What lies outside of the first lifeline and the last.
const MARGIN: usize = 6;

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

/// A line of text, and what it shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Drawn {
    pub text: String,
    pub ink: Ink,
}

/// What a line of text shows: a screen gives each its color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Names,
    Phase,
    Note,
    /// Between the program and the one at this place in the cast.
    Arrow(usize),
    Surprise,
}

/// The lifelines on a picture that is so many characters wide.
pub struct Drawing<'a> {
    cast: &'a [String],
    /// The place of the program in the cast.
    program: usize,
    width: usize,
    strokes: &'a Strokes,
}

/// The narrowest picture of a cast of so many.
fn narrowest(cast: usize) -> usize {
    2 * MARGIN + cast.saturating_sub(1) * NARROWEST_GAP
}

impl<'a> Drawing<'a> {
    pub fn new(cast: &'a [String], program: usize, width: usize, strokes: &'a Strokes) -> Self {
        Self { cast, program, width: width.max(narrowest(cast.len())), strokes }
    }

    /// The names above the lifelines.
    pub fn header(&self) -> Drawn {
        let mut cells = vec![' '; self.width];
        for (place, name) in self.cast.iter().enumerate() {
            self.write(&mut cells, self.column(place), &plain(name));
        }
        Drawn { text: text(&cells), ink: Ink::Names }
    }

    /// The events with the time at the beginning of each, below the names.
    pub fn timed(&self, events: &[Event]) -> String {
        let indent = |text: &str| format!("{:12}{text}\n", "");
        let mut drawn = indent(&self.header().text);
        for event in events {
            let mut rows = self.rows(&event.row).into_iter().map(|row| row.text);
            if let (Some(seconds), Some(first)) = (event.seconds, rows.next()) {
                drawn.extend([format!("{seconds:>9.3} s "), first, "\n".into()]);
            }
            drawn.extend(rows.map(|row| indent(&row)));
        }
        drawn
    }

    pub fn rows(&self, row: &Row) -> Vec<Drawn> {
        match row {
            Row::Phase { title } => {
                let rest = self.width.saturating_sub(title.chars().count() + 6);
                let line = |count| self.strokes.line.to_string().repeat(count);
                vec![Drawn { text: format!("{} {} {}", line(3), plain(title), line(rest)), ink: Ink::Phase }]
            }
            Row::Note { over, text } => self.note(*over, text, Ink::Note),
            Row::Surprise { over, text } => self.note(Some(*over), text, Ink::Surprise),
            Row::Arrow { from, to, label, line } => self.arrow(*from, *to, label, *line),
        }
    }

    fn gap(&self) -> usize {
        let gaps = (self.cast.len() - 1).max(1);
        ((self.width - 2 * MARGIN) / gaps).min(WIDEST_GAP)
    }

    fn column(&self, place: usize) -> usize {
        MARGIN + place * self.gap()
    }

    fn lifelines(&self) -> Vec<char> {
        let mut cells = vec![' '; self.width];
        for place in 0..self.cast.len() {
            cells[self.column(place)] = self.strokes.lifeline;
        }
        cells
    }

    fn arrow(&self, from: usize, to: usize, label: &Content, line: Line) -> Vec<Drawn> {
        let mut cells = self.lifelines();
        let (start, end) = (self.column(from.min(to)) + 1, self.column(from.max(to)));
        cells[start..end].fill(self.strokes.line);
        let head = if from < to { end - 1 } else { start };
        cells[head] = match line {
            Line::Reset => self.strokes.broken,
            _ if from < to => self.strokes.right,
            _ => self.strokes.left,
        };
        let actor = if from == self.program { to } else { from };
        let drawn = |cells: &[char]| Drawn { text: text(cells), ink: Ink::Arrow(actor) };
        let label = label.quoted((self.gap() - 6).max(24));
        let padded = format!(" {label} ");
        if padded.chars().count() + 4 <= end - start {
            self.write(&mut cells, self.beside(actor, padded.chars().count()), &padded);
            return vec![drawn(&cells)];
        }
        // It has no room on the arrow, and stands above it.
        let mut rows: Vec<Drawn> = wrap(&label, (end - start).saturating_sub(2))
            .iter()
            .map(|row| {
                let mut above = self.lifelines();
                let row = format!(" {row} ");
                self.write(&mut above, self.beside(actor, row.chars().count()), &row);
                drawn(&above)
            })
            .collect();
        rows.push(drawn(&cells));
        rows
    }

    /// The middle of where something so wide stands: on the actor's own side of the next lifeline, if it has room there.
    fn beside(&self, actor: usize, width: usize) -> usize {
        let next = if actor < self.program { actor + 1 } else { actor - 1 };
        let far =
            if self.column(next).abs_diff(self.column(actor)) > width + 4 { next } else { self.program };
        usize::midpoint(self.column(actor), self.column(far))
    }

    /// Below the one it is about, and between that one's neighbors; beside the first lifeline or the last if it would reach over the margin.
    fn note(&self, over: Option<usize>, words: &str, ink: Ink) -> Vec<Drawn> {
        const FRAME: usize = "[  ]".len();
        let last = self.cast.len() - 1;
        let mut left = over.filter(|place| *place > 0).map_or(0, |place| self.column(place - 1) + 2);
        let mut right =
            over.filter(|place| *place < last).map_or(self.width, |place| self.column(place + 1) - 1);
        let middle =
            over.map_or(usize::midpoint(self.column(0), self.column(last)), |place| self.column(place));
        let broken = |room: usize| {
            let lines = words.lines().flat_map(|line| wrap(&plain(line), room.min(64) - FRAME));
            let lines: Vec<String> = lines.collect();
            let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
            (lines, widest)
        };
        let (mut lines, mut widest) = broken(right - left);
        if widest + FRAME > 2 * MARGIN && last > 0 && (over == Some(0) || over == Some(last)) {
            left = left.max(self.column(0) + 2);
            right = right.min(self.column(last) - 1);
            (lines, widest) = broken(right - left);
        }
        let start = middle
            .saturating_sub(usize::midpoint(widest, FRAME))
            .min(right.saturating_sub(widest + FRAME))
            .max(left);
        let drawn = |line: &String| {
            let mut cells = self.lifelines();
            put(&mut cells, start, &format!("[ {line:widest$} ]"));
            Drawn { text: text(&cells), ink }
        };
        lines.iter().map(drawn).collect()
    }

    /// Writes over what is there, around `middle` and within the picture.
    fn write(&self, cells: &mut Vec<char>, middle: usize, words: &str) {
        let width = words.chars().count();
        put(cells, middle.saturating_sub(width / 2).min(self.width.saturating_sub(width)), words);
    }
}

/// A word may be wider than the picture.
fn put(cells: &mut Vec<char>, start: usize, words: &str) {
    let end = start + words.chars().count();
    cells.resize(cells.len().max(end), ' ');
    cells.splice(start..end, words.chars());
}

fn text(cells: &[char]) -> String {
    cells.iter().collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn arrow(from: usize, to: usize, label: &str, line: Line) -> Row {
        Row::Arrow { from, to, label: label.into(), line }
    }

    fn texts(drawing: &Drawing, rows: &[Row]) -> Vec<String> {
        rows.iter().flat_map(|row| drawing.rows(row)).map(|drawn| drawn.text).collect()
    }

    #[test]
    fn arrows_lead_from_one_lifeline_to_another() {
        let cast = cast(&["alice", "server", "bob"]);
        let drawing = Drawing::new(&cast, 1, 60, &ASCII);
        assert_eq!(drawing.header().text, "    alice                  server                    bob");
        let rows = [
            arrow(0, 1, "\"Hi\"", Line::Bytes),
            arrow(2, 1, "\"Hi\"", Line::Reset),
            arrow(1, 2, "\"Hi\"", Line::Bytes),
            Row::Note { over: Some(2), text: "it waits".into() },
        ];
        assert_eq!(
            texts(&drawing, &rows),
            [
                "      |-------- \"Hi\" -------->|                       |",
                "      |                       |x------- \"Hi\" ---------|",
                "      |                       |-------- \"Hi\" -------->|",
                "      |                       |                 [ it waits ]",
            ]
        );
    }

    #[test]
    fn what_has_no_room_stands_between_its_neighbors_in_whole_words() {
        let cast = cast(&["alice", "server", "bob"]);
        let drawing = Drawing::new(&cast, 1, 60, &ASCII);
        let rows = [
            arrow(0, 1, "a label of several words that is long", Line::Control),
            Row::Note { over: Some(0), text: "it says nothing for a long time".into() },
        ];
        assert_eq!(
            texts(&drawing, &rows),
            [
                "      |  a label of several   |                       |",
                "      |  words that is long   |                       |",
                "      |---------------------->|                       |",
                "      | [ it says nothing ]   |                       |",
                "      | [ for a long time ]   |                       |",
            ]
        );
    }

    #[test]
    fn three_lifelines_and_the_time_fit_80_columns() {
        let cast = cast(&["silent", "server", "talker"]);
        let drawing = Drawing::new(&cast, 1, 68, &ASCII);
        let bytes = crate::excerpt::Excerpt::start(&[0xff; 5000], 64);
        let event = |row| Event { seconds: Some(1234.5), row };
        let text = drawing.timed(&[
            event(Row::Arrow { from: 2, to: 1, label: bytes.into(), line: Line::Bytes }),
            event(Row::Note { over: Some(2), text: "words ".repeat(40) }),
            event(Row::Note { over: None, text: "words ".repeat(40) }),
        ]);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
