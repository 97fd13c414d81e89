//! A terminal in which a shell runs one command.

use std::path::Path;

use grader::{Seat, Submission};

/// Large enough that nothing is wrapped and nothing leaves it: rows and columns.
const SIZE: (u16, u16) = (200, 160);

/// What is on the screen, and the process that has the keyboard. It is ended with this.
pub struct Screen(Seat);

impl Screen {
    pub fn of(command: &str, folder: &Path) -> Self {
        let shell = Submission::of_program("", ["sh", "-c", command].map(Into::into).into());
        Self(shell.address([]).folder(folder).start_on_a_terminal_of(SIZE))
    }

    /// Types a line, or presses the key Ctrl+C.
    pub fn press(&self, word: &str) {
        self.0.type_in(if word == "^C" { "\x03".to_owned() } else { format!("{word}\n") });
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.rows()
    }

    /// Waits until the screen shows what is wanted.
    pub fn wait(&self, wanted: impl FnMut(&[String]) -> bool) -> bool {
        self.0.wait_for_rows(wanted)
    }

    /// Waits until nobody has the terminal open.
    pub fn wait_for_end(&self) -> bool {
        self.0.wait_for_end()
    }

    /// Waits for the end, and tells whether it was a good one.
    pub fn succeeds(&self) -> bool {
        self.wait_for_end() && self.0.exit_status().is_some_and(|status| status.success())
    }
}
