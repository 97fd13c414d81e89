//! The user's end of the conversation: a terminal with history and editing, or a pipe.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex};

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};
use support::say;

const PROMPT: &str = "> ";

/// Where lines come from.
pub enum Keyboard {
    Terminal(Box<Editor<Watcher, MemHistory>>, Typing),
    Pipe,
}

/// Why no more lines come.
pub enum NoMore {
    /// The user has pressed Ctrl+C or Ctrl+D.
    Left,
    /// The pipe has ended.
    EndOfPipe,
}

/// What stands behind the prompt, while there is one.
type Typing = Arc<Mutex<Option<String>>>;

/// Where lines are shown, also while the user is typing one.
pub struct Screen(Typing);

/// The keyboard, and the screen that goes with it.
pub fn open() -> (Keyboard, Screen) {
    let typing = Typing::default();
    let screen = Screen(Arc::clone(&typing));
    // Bracketed paste is a mode of the terminal that would outlast this program if it ends while a line is read.
    let config = Config::builder().auto_add_history(true).bracketed_paste(false).build();
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let history = MemHistory::with_config(&config);
    match Editor::with_history(config, history) {
        Ok(mut editor) if is_terminal => {
            editor.set_helper(Some(Watcher(Arc::clone(&typing))));
            (Keyboard::Terminal(Box::new(editor), typing), screen)
        }
        _ => (Keyboard::Pipe, screen),
    }
}

impl Keyboard {
    /// The next line, without its ending.
    pub fn line(&mut self) -> Result<Vec<u8>, NoMore> {
        match self {
            Self::Terminal(editor, typing) => {
                *typing.lock().unwrap() = Some(String::new());
                let line = editor.readline(PROMPT);
                *typing.lock().unwrap() = None;
                line.map(String::into_bytes).map_err(|_| NoMore::Left)
            }
            Self::Pipe => {
                let mut line = Vec::new();
                match io::stdin().lock().read_until(b'\n', &mut line) {
                    Ok(1..) => {
                        let line = line.strip_suffix(b"\n").unwrap_or(&line);
                        Ok(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
                    }
                    Ok(0) | Err(_) => Err(NoMore::EndOfPipe),
                }
            }
        }
    }
}

impl Screen {
    /// Shows a line: above the prompt and what is typed there, if there is one. At the next key, the editor puts the cursor
    /// back to where it was in the line.
    pub fn show(&self, line: &str) {
        match &*self.0.lock().unwrap() {
            Some(typed) => {
                let text = format!("\r\x1b[J{line}\n{PROMPT}{typed}");
                let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
            }
            None => say!("{line}"),
        }
    }
}

/// Notes what is typed: the editor asks it for a hint whenever the line has changed.
pub struct Watcher(Typing);

impl Hinter for Watcher {
    type Hint = String;

    fn hint(&self, line: &str, _cursor: usize, _context: &Context) -> Option<String> {
        *self.0.lock().unwrap() = Some(line.to_owned());
        None
    }
}

impl Completer for Watcher {
    type Candidate = String;
}
impl Highlighter for Watcher {}
impl Validator for Watcher {}
impl Helper for Watcher {}
