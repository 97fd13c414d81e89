//! Lines that come by the thousand, printed many at a time.
//!
//! To print each by itself takes a system call, which also wakes whoever reads the screen: that costs more than an echo.
//! And a screen that takes nothing, such as a terminal after Ctrl+S, would stop whoever prints. So a note is only put into
//! memory, and a thread prints what has come together.

use std::io::{self, Stderr, Stdout, Write};
use std::mem;
use std::sync::{Condvar, LazyLock, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

/// How long a note waits for others. Nobody sees that, and of a program that is killed no more is lost.
const DELAY: Duration = Duration::from_millis(10);

/// No more is kept for a screen that takes nothing.
const MOST_BYTES: usize = 1024 * 1024;

/// The notes for standard output, and those for standard error.
pub static STDOUT: LazyLock<Notes<Stdout>> = LazyLock::new(|| Notes::on(io::stdout()));
pub static STDERR: LazyLock<Notes<Stderr>> = LazyLock::new(|| Notes::on(io::stderr()));

pub struct Notes<W> {
    pending: Mutex<Pending>,
    begun: Condvar,
    screen: Mutex<Screen<W>>,
    has_printer: OnceLock<bool>,
}

/// What is still to be printed.
#[derive(Default)]
struct Pending {
    lines: Vec<u8>,
    left_out: u64,
}

struct Screen<W> {
    stream: W,
    /// The memory for what is pending, while it is printed: the two take turns.
    lines: Vec<u8>,
}

impl<W: Write + Send> Notes<W> {
    pub fn on(stream: W) -> Self {
        Self {
            pending: Mutex::default(),
            begun: Condvar::new(),
            screen: Mutex::new(Screen { stream, lines: Vec::new() }),
            has_printer: OnceLock::new(),
        }
    }

    /// Notes a line, its `\n` included. Does not wait for the screen; if that takes nothing for long, lines are left out.
    pub fn add(&'static self, line: &[u8]) {
        let mut pending = self.pending.lock().unwrap();
        if pending.lines.len() + line.len() > MOST_BYTES {
            pending.left_out += 1;
            return;
        }
        let is_first = pending.lines.is_empty();
        pending.lines.extend_from_slice(line);
        drop(pending);
        if is_first {
            self.have_printed();
        }
    }

    /// Prints what was noted, and then `line`, which may be none, at once.
    pub fn print(&self, line: &str) {
        let screen = &mut *self.screen.lock().unwrap();
        let left_out = {
            let pending = &mut *self.pending.lock().unwrap();
            mem::swap(&mut screen.lines, &mut pending.lines);
            mem::take(&mut pending.left_out)
        };
        if left_out > 0 {
            let _ = writeln!(screen.lines, "({left_out} lines are left out: the screen took nothing)");
        }
        screen.lines.extend_from_slice(line.as_bytes());
        if screen.lines.is_empty() {
            return;
        }
        // There is nobody to tell that the screen is gone.
        let _ = screen.stream.write_all(&screen.lines).and_then(|()| screen.stream.flush());
        screen.lines.clear();
    }

    /// Tells the printer that there is something, or prints it if the system has no thread to give.
    fn have_printed(&'static self) {
        let start = || thread::Builder::new().name("printer".into()).spawn(|| self.print_all()).is_ok();
        if *self.has_printer.get_or_init(start) {
            self.begun.notify_one();
        } else {
            self.print("");
        }
    }

    fn print_all(&self) {
        loop {
            drop(self.begun.wait_while(self.pending.lock().unwrap(), |pending| pending.lines.is_empty()));
            thread::sleep(DELAY);
            self.print("");
        }
    }
}

/// What a logger writes its lines to: they are noted for standard error.
pub struct NotesOnStderr;

impl Write for NotesOnStderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        STDERR.add(line);
        Ok(line.len())
    }

    /// They are printed soon.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A screen that takes what is written only when it is told to, and tells what it took.
    struct Slow {
        may: Receiver<()>,
        took: Sender<String>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.may.recv().map_err(io::Error::other)?;
            let _ = self.took.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (&'static Notes<Slow>, Sender<()>, Receiver<String>) {
        let ((go, may), (took, taken)) = (channel(), channel());
        (Box::leak(Box::new(Notes::on(Slow { may, took }))), go, taken)
    }

    #[test]
    fn all_notes_are_printed_in_order() {
        let (notes, go, taken) = slow();
        let lines: Vec<String> = (0..1000).map(|number| format!("{number}\n")).collect();
        for line in &lines {
            notes.add(line.as_bytes());
        }
        let expected = lines.concat();
        let mut printed = String::new();
        while printed.len() < expected.len() {
            go.send(()).unwrap();
            printed += &taken.recv().unwrap();
        }
        assert_eq!(printed, expected);
    }

    #[test]
    fn what_is_printed_at_once_comes_after_what_was_noted() {
        let (notes, go, taken) = slow();
        let _ = notes.has_printer.set(true); // there is none, which might be faster
        notes.add(b"noted\n");
        go.send(()).unwrap();
        notes.print("said\n");
        assert_eq!(taken.recv().unwrap(), "noted\nsaid\n");
    }

    #[test]
    fn without_a_thread_notes_are_printed_all_the_same() {
        let (notes, go, taken) = slow();
        let _ = notes.has_printer.set(false);
        go.send(()).unwrap();
        notes.add(b"noted\n");
        assert_eq!(taken.recv().unwrap(), "noted\n");
    }

    fn add_a_thousand(notes: &'static Notes<Slow>) {
        for _ in 0..1000 {
            notes.add(&[b'x'; 1024]);
        }
    }

    #[test]
    fn a_screen_that_takes_nothing_stops_nobody_and_costs_little() {
        let (notes, _go, _taken) = slow();
        let adders = [0; 4].map(|_| thread::spawn(|| add_a_thousand(notes)));
        for adder in adders {
            adder.join().unwrap();
        }
        assert!(notes.pending.lock().unwrap().lines.len() <= MOST_BYTES);
    }

    #[test]
    fn how_many_lines_are_left_out_is_told() {
        let (notes, go, taken) = slow();
        let _ = notes.has_printer.set(true);
        for _ in 0..1030 {
            notes.add(&[&[b'x'; 1023][..], b"\n"].concat());
        }
        go.send(()).unwrap();
        notes.print("said\n");
        let printed = taken.recv().unwrap();
        assert!(printed.ends_with("x\n(6 lines are left out: the screen took nothing)\nsaid\n"));
    }
}
