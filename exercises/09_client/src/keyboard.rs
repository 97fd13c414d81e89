//! The user's end of the conversation: a terminal with history and editing, or a pipe.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};
use support::{complain, say};

const PROMPT: &str = "> ";

/// A pipe may hold a line without an end. Of a line longer than this, in bytes, only a piece is in memory.
const LONGEST_LINE: usize = 64 * 1024;

/// How long the editor may take to set the terminal to raw mode. A terminal that can't move its cursor has none.
const MOMENT: Duration = Duration::from_secs(1);

/// Where lines come from.
pub enum Keyboard {
    Terminal(Box<Editor<Watcher, MemHistory>>, Arc<Prompt>),
    /// What comes next is more of a line that is longer than [`LONGEST_LINE`].
    Pipe {
        within_line: bool,
    },
}

/// What the user types, or a pipe holds.
pub enum Typed {
    /// A line, without its ending.
    Line(Vec<u8>),
    /// A part of a line longer than [`LONGEST_LINE`], which is to be sent as it is. The last one has the ending, if the line has.
    Piece(Vec<u8>),
}

/// Why no more lines come.
pub enum NoMore {
    /// The user has pressed Ctrl+C or Ctrl+D.
    Left,
    /// The pipe has ended.
    EndOfPipe,
}

/// The prompt, which two threads know: the editor's, and the one that shows what the server says.
#[derive(Default)]
pub struct Prompt {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    /// There is none.
    #[default]
    Hidden,
    /// The editor is about to set the terminal to raw mode.
    Opening,
    /// The terminal is in raw mode, and this is typed after the prompt.
    Open(String),
    /// There was one, perhaps, and there will be no other.
    Closed,
}

/// Where lines are shown, even while the user is typing one.
pub struct Screen(Arc<Prompt>);

/// The keyboard, and the screen that goes with it.
pub fn open() -> (Keyboard, Screen) {
    let prompt = Arc::<Prompt>::default();
    let screen = Screen(Arc::clone(&prompt));
    // Bracketed paste is a mode of the terminal that would outlast this program if it ends while a line is read.
    let config = Config::builder().auto_add_history(true).bracketed_paste(false).build();
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let history = MemHistory::with_config(&config);
    match Editor::with_history(config, history) {
        Ok(mut editor) if is_terminal => {
            editor.set_helper(Some(Watcher(Arc::clone(&prompt))));
            (Keyboard::Terminal(Box::new(editor), prompt), screen)
        }
        _ => (Keyboard::Pipe { within_line: false }, screen),
    }
}

impl Keyboard {
    /// The next line, or the next piece of a long one.
    pub fn next(&mut self) -> Result<Typed, NoMore> {
        match self {
            Self::Terminal(editor, prompt) => {
                if !prompt.change(State::Opening) {
                    return Err(NoMore::Left);
                }
                let line = editor.readline(PROMPT);
                prompt.change(State::Hidden);
                line.map(|line| Typed::Line(line.into_bytes())).map_err(|_| NoMore::Left)
            }
            Self::Pipe { within_line } => read_pipe(within_line),
        }
    }
}

fn read_pipe(within_line: &mut bool) -> Result<Typed, NoMore> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LONGEST_LINE as u64).read_until(b'\n', &mut bytes);
    if let Err(error) = &read {
        complain!("Error: cannot read standard input: {error}");
    }
    if bytes.is_empty() {
        return Err(NoMore::EndOfPipe);
    }
    let is_cut = bytes.len() == LONGEST_LINE && !bytes.ends_with(b"\n");
    if mem::replace(within_line, is_cut) || is_cut {
        return Ok(Typed::Piece(bytes));
    }
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    Ok(Typed::Line(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
}

impl Prompt {
    /// Changes the state, unless the prompt is closed. Returns whether it did.
    fn change(&self, to: State) -> bool {
        let mut state = self.state();
        let is_closed = matches!(*state, State::Closed);
        if !is_closed {
            *state = to;
            self.changed.notify_all();
        }
        !is_closed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Screen {
    /// Shows a line: above the prompt and what is typed there, if there is one. At the next key, the editor puts the cursor
    /// back to where it was in the line.
    pub fn show(&self, line: &str) {
        match &*self.0.state() {
            State::Open(typed) => {
                let text = format!("\r\x1b[J{line}\n{PROMPT}{typed}");
                let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
            }
            _ => say!("{line}"),
        }
    }

    /// Has the editor open no other prompt: from now on, nobody sets the terminal to raw mode.
    pub fn close(&self) {
        let is_opening = |state: &mut State| matches!(state, State::Opening);
        let (mut state, _) = self.0.changed.wait_timeout_while(self.0.state(), MOMENT, is_opening).unwrap();
        *state = State::Closed;
    }
}

/// Notes what is typed: the editor asks it for a hint once the terminal is in raw mode, and whenever the line has changed.
pub struct Watcher(Arc<Prompt>);

impl Hinter for Watcher {
    type Hint = String;

    fn hint(&self, line: &str, _cursor: usize, _context: &Context) -> Option<String> {
        self.0.change(State::Open(line.to_owned()));
        None
    }
}

impl Completer for Watcher {
    type Candidate = String;
}
impl Highlighter for Watcher {}
impl Validator for Watcher {}
impl Helper for Watcher {}
