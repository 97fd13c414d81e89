//! A scene on the screen: above what everybody's own terminal shows, below the diagram, which grows as the audience wants.

use std::io;
use std::iter;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;
use crossterm::event::{self, KeyCode, KeyEventKind, KeyModifiers};
use grader::diagram::Diagram;
use grader::diagram::text::{DRAWN, Drawn, Ink};
use grader::text::{fill, plain};
use grader::{Failure, Submission};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};
use steps::output::is_colored;

use super::{NARROWEST, Recording, View};
use crate::scene::Scene;
use crate::stage::{self, Event, Program};

/// How long to wait for a key before the screen is drawn again: the program prints when it likes.
const LOOK: Duration = Duration::from_millis(50);

/// Of those that a terminal has in any theme.
const COLORS: [Color; 4] = [Color::Cyan, Color::Magenta, Color::Green, Color::Blue];

/// Shows the scene until the audience has seen enough.
pub fn show(scene: &'static Scene, submission: Submission, view: &View) -> Result<Recording> {
    // Also when a signal ends the demo. When a panic does, ratatui sees to it.
    grader::before_ctrl_c(ratatui::restore);
    let mut terminal = ratatui::try_init()?;
    let mut screen = Screen::new(scene, view, Player::start(scene, submission));
    let result = loop {
        screen.go_on();
        if let Err(error) = terminal.draw(|frame| screen.draw(frame)) {
            break Err(error);
        }
        match screen.key() {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    ratatui::restore();
    result?;
    Ok(screen.recording())
}

/// The scene, played in a thread of its own: an act may take its time.
struct Player {
    events: Receiver<Event>,
    /// The audience wants the next act.
    cue: Sender<()>,
    played: Option<JoinHandle<Result<(), Box<Failure>>>>,
}

impl Player {
    fn start(scene: &'static Scene, submission: Submission) -> Self {
        let (happened, events) = mpsc::channel();
        let (cue, cues) = mpsc::channel();
        let played = thread::spawn(move || {
            stage::play(scene, submission, |event| {
                let pause = event.is_followed_by_pause;
                if happened.send(event).is_err() || pause && cues.recv().is_err() {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })
        });
        Self { events, cue, played: Some(played) }
    }
}

impl Drop for Player {
    /// If the scene is still played it ends here, with its program: no act waits for a program that has ended.
    fn drop(&mut self) {
        (self.cue, self.events) = (mpsc::channel().0, mpsc::channel().1);
        if let Some(played) = self.played.take() {
            grader::end_all();
            let _ = played.join();
        }
    }
}

/// What the scene waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Playing,
    /// For the audience, since then.
    Pausing(Instant),
    Ended(Instant),
}

struct Screen {
    scene: &'static Scene,
    /// It goes on by itself.
    auto: bool,
    /// And ends by itself.
    ends: bool,
    pace: Duration,
    player: Player,
    state: State,
    diagram: Diagram,
    otherwise: Option<Box<Failure>>,
    /// What each of the cast has on its terminal.
    terminals: Vec<Vec<String>>,
    output: Output,
    /// How many rows the audience has gone back.
    back: usize,
}

impl Screen {
    fn new(scene: &'static Scene, view: &View, player: Player) -> Self {
        Self {
            scene,
            auto: view.auto,
            ends: view.auto,
            pace: view.pace,
            player,
            state: State::Playing,
            diagram: scene.diagram(),
            otherwise: None,
            terminals: scene.cast.iter().map(|_| Vec::new()).collect(),
            output: Output::default(),
            back: 0,
        }
    }

    /// Takes what has happened, and gives the cue for the next act when it is time.
    fn go_on(&mut self) {
        loop {
            match self.player.events.try_recv() {
                Ok(event) => self.take(event),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    if let Some(played) = self.player.played.take() {
                        self.otherwise = played.join().expect("a scene doesn't panic").err();
                        self.state = State::Ended(Instant::now());
                    }
                    break;
                }
            }
        }
        let place = self.diagram.program;
        self.output.read(&mut self.terminals[place]);
        if let State::Pausing(since) = self.state
            && self.auto
            && since.elapsed() >= self.pace
        {
            self.next();
        }
    }

    fn take(&mut self, event: Event) {
        if let Some((place, lines)) = event.terminal {
            self.terminals[place].push(lines);
        }
        if let Some(program) = event.program {
            let place = self.diagram.program;
            self.output.change(program, &mut self.terminals[place]);
        }
        self.diagram.events.push(event.row.into());
        self.back = 0;
        self.state = if event.is_followed_by_pause { State::Pausing(Instant::now()) } else { State::Playing };
    }

    fn next(&mut self) {
        if matches!(self.state, State::Pausing(_)) && self.player.cue.send(()).is_ok() {
            self.state = State::Playing;
        }
    }

    /// Waits a moment for a key. Break is the end.
    fn key(&mut self) -> std::io::Result<ControlFlow<()>> {
        if let State::Ended(since) = self.state
            && self.ends
            && since.elapsed() >= self.pace
        {
            return Ok(ControlFlow::Break(()));
        }
        if !event::poll(LOOK)? {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(key) = event::read()?.as_key_event().filter(|key| key.kind == KeyEventKind::Press) else {
            return Ok(ControlFlow::Continue(()));
        };
        let is_ctrl_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            _ if is_ctrl_c => return Ok(ControlFlow::Break(())),
            KeyCode::Char('q') => return Ok(ControlFlow::Break(())),
            KeyCode::Char(' ') | KeyCode::Enter => self.next(),
            KeyCode::Char('a') => (self.auto, self.ends) = (!self.auto, false),
            KeyCode::Up => self.back += 1,
            KeyCode::PageUp => self.back += 10,
            KeyCode::Down => self.back = self.back.saturating_sub(1),
            KeyCode::PageDown => self.back = self.back.saturating_sub(10),
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    /// What was shown.
    fn recording(self) -> Recording {
        let is_cut_short = !matches!(self.state, State::Ended(_));
        Recording { diagram: self.diagram, otherwise: self.otherwise, is_cut_short }
    }
}

/// How it is drawn.
impl Screen {
    fn draw(&mut self, frame: &mut Frame) {
        let width = usize::from(frame.area().width);
        let bar = |words: String| -> Vec<Line> {
            let rows = if words.chars().count() < width {
                vec![words]
            } else {
                rows(&words, width.saturating_sub(1))
            };
            rows.into_iter()
                .map(|row| Line::from(format!(" {row:0$}", width.saturating_sub(1))).reversed())
                .collect()
        };
        let title = bar(format!("{}  {}", self.scene.step, self.scene.title));
        let keys = bar(self.keys().into());
        let terminals = (frame.area().height / 3).clamp(4, 12);
        let rows = |lines: &[Line]| Constraint::Length(lines.len().try_into().unwrap_or(u16::MAX));
        let [title_area, terminals, picture, keys_area] = frame.area().layout(&Layout::vertical([
            rows(&title),
            Constraint::Length(terminals),
            Constraint::Fill(1),
            rows(&keys),
        ]));
        frame.render_widget(Paragraph::new(title).bold(), title_area);
        self.draw_terminals(frame, terminals);
        self.draw_diagram(frame, picture);
        frame.render_widget(Paragraph::new(keys), keys_area);
    }

    /// The program's lines are longer than what is said, so it has more room; on a narrow screen, all of it.
    fn draw_terminals(&self, frame: &mut Frame, area: Rect) {
        let is_narrow = usize::from(area.width) < NARROWEST;
        let others = u16::from(!is_narrow);
        let share = |place| Constraint::Fill(if place == self.diagram.program { 2 } else { others });
        let columns = Layout::horizontal((0..self.scene.cast.len()).map(share)).split(area);
        for (place, column) in columns.iter().enumerate().filter(|(_, column)| column.width > 0) {
            let block = Block::bordered()
                .border_type(BorderType::Rounded)
                .border_style(self.style(place))
                .title(format!(" {} ", self.scene.cast[place].0));
            let inside = block.inner(*column);
            let rows = self.terminals[place].iter().flat_map(|line| rows(line, inside.width.into()));
            let rows: Vec<Line> = rows.map(Line::from).collect();
            let first = rows.len().saturating_sub(inside.height.into());
            frame.render_widget(block, *column);
            frame.render_widget(Paragraph::new(rows[first..].to_vec()), inside);
        }
    }

    /// The names stay above the end of the diagram.
    fn draw_diagram(&mut self, frame: &mut Frame, area: Rect) {
        let width = area.width.into();
        let names = super::names(&self.diagram, width, &DRAWN);
        let events = self.diagram.events.iter();
        let rows: Vec<Drawn> =
            events.flat_map(|event| super::rows(&self.diagram, &event.row, width, &DRAWN)).collect();
        let height = usize::from(area.height).saturating_sub(names.iter().count());
        self.back = self.back.min(rows.len().saturating_sub(height));
        let end = rows.len() - self.back;
        let shown = names.iter().chain(&rows[end.saturating_sub(height)..end]);
        let lines: Vec<Line> = shown.map(|row| self.line(row)).collect();
        frame.render_widget(Paragraph::new(lines), area);
    }

    /// A row in its colors. The lifelines stay in the background.
    fn line(&self, row: &Drawn) -> Line<'static> {
        let style = match row.ink {
            Ink::Names => Style::new().bold(),
            Ink::Phase => ink(Color::Blue).bold(),
            Ink::Note => ink(Color::Yellow),
            Ink::Arrow(place) => self.style(place),
            Ink::Surprise => ink(Color::Red).bold(),
        };
        let spans = row.text.chars().map(|c| {
            let style = if c == DRAWN.lifeline { Style::new().dim() } else { style };
            Span::styled(c.to_string(), style)
        });
        spans.collect()
    }

    fn style(&self, place: usize) -> Style {
        if place == self.diagram.program { Style::new().bold() } else { ink(COLORS[place % COLORS.len()]) }
    }

    fn keys(&self) -> &'static str {
        match self.state {
            State::Ended(_) if self.otherwise.is_some() => {
                "This isn't in the script.   [↑ ↓] look back   [q] quit"
            }
            State::Ended(_) => "The end.   [↑ ↓] look back   [q] quit",
            _ if self.auto => "auto   [a] stop   [q] quit",
            State::Playing => "...   [a] auto   [↑ ↓] look back   [q] quit",
            State::Pausing(_) => "[space] next   [a] auto   [↑ ↓] look back   [q] quit",
        }
    }
}

fn ink(color: Color) -> Style {
    if is_colored(&io::stdout()) { Style::new().fg(color) } else { Style::new() }
}

/// A line as so many columns show it. Only a word that is wider breaks.
fn rows(line: &str, width: usize) -> Vec<String> {
    let break_word = |row: String| {
        let cells: Vec<char> = row.chars().collect();
        cells.chunks(width.max(1)).map(|row| row.iter().collect()).collect::<Vec<_>>()
    };
    fill(&plain(line), width).into_iter().flat_map(break_word).collect()
}

/// What the program prints, on both streams, as it comes.
#[derive(Default)]
struct Output {
    program: Option<Arc<Program>>,
    stdout: usize,
    stderr: usize,
}

impl Output {
    fn change(&mut self, program: Arc<Program>, terminal: &mut Vec<String>) {
        self.read(terminal);
        *self = Self { program: Some(program), ..Self::default() };
    }

    /// Adds the lines that are new.
    fn read(&mut self, terminal: &mut Vec<String>) {
        let Some(program) = &self.program else { return };
        let (stdout, stderr) = (program.stdout().lines(), program.stderr().lines());
        for (lines, seen) in iter::zip([stdout, stderr], [&mut self.stdout, &mut self.stderr]) {
            terminal.extend(lines.iter().skip(*seen).cloned());
            *seen = lines.len();
        }
    }
}
