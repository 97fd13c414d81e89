//! The terminal as it was. The editor sets it to raw mode while it reads a line, and at the end it may still be reading.

#[cfg(unix)]
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
#[cfg(unix)]
use std::io::{self, Write};

/// What a terminal was set to. When this is dropped it is so again, and the prompt is gone.
pub struct Cooked {
    #[cfg(unix)]
    before: Option<Termios>,
}

impl Cooked {
    /// Remembers what the terminal of standard input is set to, if that is one.
    pub fn remember() -> Self {
        Self {
            #[cfg(unix)]
            before: tcgetattr(io::stdin()).ok(),
        }
    }
}

impl Drop for Cooked {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, before);
            let _ = io::stdout().write_all(b"\r\x1b[J");
        }
    }
}
