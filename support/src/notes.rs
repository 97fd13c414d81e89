//! Lines that come by the thousand, printed many at once.
//!
//! Printing each line by itself takes a system call, which also wakes whoever reads the screen: that costs more than an echo.
//! And a screen that takes nothing, such as a terminal after Ctrl+S, would stop the thread that prints. So a note only goes
//! into memory, and one thread prints whatever has come together.

use std::io::{self, Stderr, Stdout, Write};
use std::mem;
use std::sync::{Condvar, LazyLock, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

/// How long a note waits for others. Nobody sees that, and a program that is killed loses no more.
const DELAY: Duration = Duration::from_millis(10);

/// Notes of this many bytes together are printed without delay.
const ENOUGH_BYTES: usize = MOST_BYTES / 4;

/// Notes for a screen that takes nothing, or less than is noted, are kept up to this many bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// The notes for standard output, and those for standard error.
pub static STDOUT: LazyLock<Notes<Stdout>> = LazyLock::new(|| Notes::on(io::stdout(), DELAY));
pub static STDERR: LazyLock<Notes<Stderr>> = LazyLock::new(|| Notes::on(io::stderr(), DELAY));

pub struct Notes<W> {
    delay: Duration,
    pending: Mutex<Pending>,
    /// The first note has come, or there are [`ENOUGH_BYTES`].
    grown: Condvar,
    screen: Mutex<Screen<W>>,
    has_printer: OnceLock<bool>,
}

/// What is still to be printed.
#[derive(Default)]
struct Pending {
    lines: Vec<u8>,
    /// How many lines came after these, and found no room.
    left_out: u64,
}

struct Screen<W> {
    stream: W,
    /// The memory for what is pending, while it is printed: the two take turns.
    lines: Vec<u8>,
}

impl<W: Write + Send> Notes<W> {
    pub fn on(stream: W, delay: Duration) -> Self {
        Self {
            delay,
            pending: Mutex::default(),
            grown: Condvar::new(),
            screen: Mutex::new(Screen { stream, lines: Vec::new() }),
            has_printer: OnceLock::new(),
        }
    }

    /// Notes a line, its `\n` included. Never waits for the screen: beyond [`MOST_BYTES`], lines are left out and counted.
    pub fn add(&'static self, line: &[u8]) {
        let mut pending = self.pending.lock().unwrap();
        let before = pending.lines.len();
        let after = before + line.len();
        if pending.left_out > 0 || after > MOST_BYTES {
            pending.left_out += 1;
            return;
        }
        pending.lines.extend_from_slice(line);
        drop(pending);
        if before == 0 || (before < ENOUGH_BYTES && after >= ENOUGH_BYTES) {
            self.wake_printer();
        }
    }

    /// Prints what was noted, then `line`, which may be empty, and returns when the screen has taken it.
    pub fn print(&self, line: &str) {
        let screen = &mut *self.screen.lock().unwrap();
        let left_out = {
            let pending = &mut *self.pending.lock().unwrap();
            mem::swap(&mut screen.lines, &mut pending.lines);
            mem::take(&mut pending.left_out)
        };
        if left_out > 0 {
            let reason = "the screen was still busy with 1 MiB of earlier ones";
            let _ = writeln!(screen.lines, "({left_out} lines are left out here: {reason})");
        }
        screen.lines.extend_from_slice(line.as_bytes());
        if screen.lines.is_empty() {
            return;
        }
        // If the screen is closed, there is nobody to report that to.
        let _ = screen.stream.write_all(&screen.lines).and_then(|()| screen.stream.flush());
        screen.lines.clear();
    }

    /// Starts the thread that prints notes, unless it runs. Returns whether it does.
    pub fn start_printer(&'static self) -> bool {
        let start = || thread::Builder::new().name("printer".into()).spawn(|| self.print_all()).is_ok();
        *self.has_printer.get_or_init(start)
    }

    /// Without a thread for it, which the operating system may refuse, notes are printed here.
    fn wake_printer(&'static self) {
        if self.start_printer() {
            self.grown.notify_one();
        } else {
            self.print("");
        }
    }

    fn print_all(&self) {
        loop {
            let pending = self.pending.lock().unwrap();
            let pending = self.grown.wait_while(pending, |pending| pending.lines.is_empty()).unwrap();
            let is_little = |pending: &mut Pending| (1..ENOUGH_BYTES).contains(&pending.lines.len());
            drop(self.grown.wait_timeout_while(pending, self.delay, is_little));
            self.print("");
        }
    }
}

/// Where a logger writes its lines: they are noted for standard error.
pub struct NotesOnStderr;

impl Write for NotesOnStderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        STDERR.add(line);
        Ok(line.len())
    }

    /// The printer does that.
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
        slow_after(DELAY)
    }

    fn slow_after(delay: Duration) -> (&'static Notes<Slow>, Sender<()>, Receiver<String>) {
        let ((go, may), (took, taken)) = (channel(), channel());
        (Box::leak(Box::new(Notes::on(Slow { may, took }, delay))), go, taken)
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
    fn a_flood_of_notes_is_printed_without_delay() {
        let (notes, go, taken) = slow_after(Duration::from_secs(3600));
        go.send(()).unwrap();
        let line = [b'x'; 1024];
        for _ in 0..ENOUGH_BYTES / line.len() {
            notes.add(&line);
        }
        let printed = taken.recv_timeout(Duration::from_secs(30)).expect("nobody waits for an hour");
        assert_eq!(printed.len(), ENOUGH_BYTES);
    }

    #[test]
    fn lines_without_room_are_counted_and_reported_where_they_are_missing() {
        let (notes, go, taken) = slow();
        let _ = notes.has_printer.set(true);
        for _ in 0..MOST_BYTES / 1000 + 6 {
            notes.add(&[&[b'x'; 999][..], b"\n"].concat());
        }
        notes.add(b"\n"); // there is room for this one, and it would stand before the six that are missing
        go.send(()).unwrap();
        notes.print("said\n");
        let printed = taken.recv().unwrap();
        let report = "(7 lines are left out here: the screen was still busy with 1 MiB of earlier ones)";
        assert!(printed.ends_with(&format!("x\n{report}\nsaid\n")), "{}", &printed[printed.len() - 200..]);
    }
}
