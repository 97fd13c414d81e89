//! Transcripts: blocks of the language `console`, which show a terminal as it is when all has been said.
//!
//! A line that begins with `$ ` is a command, and what follows is on the screen then. A line of three dots stands for any
//! lines. `^C` at the beginning of a line is a key. What else is typed is told in a comment above the block, in the order in
//! which it is typed: `<!-- typed: "Hello" "exit" -->`.
//!
//! The blocks of one section are the terminals of one session, and are played from top to bottom. A server runs until the
//! last of them is played.

use crate::Block;

/// A command, and the screen after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What stands behind the `$`.
    pub command: String,
    /// The lines below it.
    pub screen: Vec<String>,
    /// Which lines of the screen are typed, and what of them.
    pub typed: Vec<(usize, String)>,
}

impl Command {
    /// The lines before the key Ctrl+C.
    pub fn before_the_key(&self) -> &[String] {
        let key = self.screen.iter().position(|line| line.starts_with("^C"));
        &self.screen[..key.unwrap_or(self.screen.len())]
    }
}

/// The commands of a block.
///
/// # Errors
/// There is a line before the first command, or something is said to be typed that isn't on the screen.
pub fn commands(block: &Block) -> Result<Vec<Command>, String> {
    let mut commands: Vec<Command> = Vec::new();
    for line in block.text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(Command { command: command.to_owned(), screen: Vec::new(), typed: Vec::new() });
        } else {
            let command = commands.last_mut().ok_or_else(|| format!("no command above this line: {line}"))?;
            command.screen.push(line.to_owned());
        }
    }
    let words =
        shlex::split(block.typed.as_deref().unwrap_or_default()).ok_or("a quotation mark is missing")?;
    let mut words = words.into_iter().peekable();
    for command in &mut commands {
        for (number, line) in command.screen.iter().enumerate() {
            if line.starts_with("^C") {
                command.typed.push((number, "^C".into()));
            } else if let Some(word) = words.next_if(|word| is_typed(line, word)) {
                command.typed.push((number, word));
            }
        }
    }
    match words.next() {
        Some(word) => Err(format!("{word:?} is typed, and isn't on the screen")),
        None => Ok(commands),
    }
}

/// Whether a line shows what was typed, alone or behind a prompt.
fn is_typed(line: &str, word: &str) -> bool {
    line.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with("> "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str, typed: Option<&str>) -> Block {
        Block { language: "console".into(), text: text.into(), section: 0, typed: typed.map(str::to_owned) }
    }

    #[test]
    fn a_screen_tells_what_was_typed() {
        let block =
            block("$ telnet localhost\n...\nHello\nHello\n> exit\nBye\n^CStopped\n", Some("Hello exit"));
        let command = &commands(&block).unwrap()[0];
        assert_eq!(command.command, "telnet localhost");
        assert_eq!(command.typed, [(1, "Hello".into()), (3, "exit".into()), (5, "^C".into())]);
        assert_eq!(command.before_the_key().len(), 5);
    }

    #[test]
    fn mistakes_are_told() {
        assert!(commands(&block("Hello\n$ ls\n", None)).is_err());
        assert!(commands(&block("$ ls\nHello\n", Some("World"))).is_err());
    }
}
