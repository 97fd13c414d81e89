//! Several terminals, and what happens in them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use docs::Command;
use grader::{course_program, solution};
use regex::{Captures, Regex};
use rules::course;
use tempfile::TempDir;

use crate::screen::Screen;

pub static STEP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"cargo run (-q )?-p (ex|sol)([0-9a-z_]+)( --)?"));
/// A server with a deliberate mistake.
static WRONG: LazyLock<Regex> = LazyLock::new(|| pattern(r"cargo run -q -p submissions --bin wrong --"));
static LISTENING: LazyLock<Regex> = LazyLock::new(|| pattern(r"^Server listening on .*:([0-9]+)\.\.\.$"));
static PORT: LazyLock<Regex> = LazyLock::new(|| pattern(r" (8080|8081|8888|4444|65432)\b"));
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}([+-][0-9]{2}:[0-9]{2})?")
});
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(localhost|127\.0\.0\.1|\[::1\]):([0-9]+)"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("it is a regular expression")
}

/// Nobody listens there.
const NO_SERVER: u16 = 1;

/// The terminals of one section, which share servers and a folder.
pub struct Session {
    folder: TempDir,
    /// The port that the page tells, and the one that the system chose.
    ports: Vec<(u16, u16)>,
    servers: Vec<(Command, Screen)>,
    clients: Vec<(Command, Screen)>,
    /// How many clients have come, and how many have gone.
    come: usize,
    gone: usize,
}

impl Session {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder for what the commands write"),
            ports: Vec::new(),
            servers: Vec::new(),
            clients: Vec::new(),
            come: 0,
            gone: 0,
        }
    }

    /// Plays the blocks of a section.
    pub fn play(blocks: Vec<Vec<Command>>) -> Result<(), String> {
        let mut session = Self::new();
        for block in blocks {
            for (number, command) in block.into_iter().enumerate() {
                if number > 0 {
                    session.last_has_ended()?;
                }
                if is_server(&command.command) {
                    session.serve(command)?;
                } else {
                    session.client(command)?;
                }
            }
        }
        session.end()
    }

    /// A shell's prompt comes when the command before has ended.
    fn last_has_ended(&mut self) -> Result<(), String> {
        let Some((command, screen)) = self.clients.pop() else { return Ok(()) };
        if !screen.wait_for_end() {
            return Err(format!("{} doesn't end", command.command));
        }
        self.whole(&command, &screen)?;
        self.goes(&command, screen);
        Ok(())
    }

    /// Starts a server, on a port that the system chooses.
    pub fn serve(&mut self, command: Command) -> Result<(), String> {
        let told = PORT.captures(&command.command).map_or(8080, |port| number(&port[1]));
        let mut line = PORT.replace(&command.command, " 0").into_owned();
        if !PORT.is_match(&command.command) {
            line += " 0";
        }
        let screen = Screen::of(&with_programs(&line), self.folder.path());
        let listening = |lines: &[String]| {
            lines.iter().find_map(|line| LISTENING.captures(line)).map(|port| number(&port[1]))
        };
        let mut port = None;
        screen.wait(|lines| {
            port = listening(lines);
            port.is_some()
        });
        let port = port.ok_or_else(|| format!("{}: {:?}", command.command, screen.lines()))?;
        self.ports.push((told, port));
        self.servers.push((command, screen));
        Ok(())
    }

    /// Starts a command that may talk to the servers.
    pub fn shell(&self, command: &str) -> Screen {
        let line = PORT.replace_all(command, |port: &Captures| {
            let told: u16 = number(&port[1]);
            let real = self.ports.iter().find(|(known, _)| *known == told);
            format!(" {}", real.map_or(NO_SERVER, |(_, real)| *real))
        });
        let line = with_programs(&line);
        // Cargo wants to be where its manifest is.
        let folder = if line.starts_with("cargo ") { course() } else { self.folder.path() };
        Screen::of(&line, folder)
    }

    /// Plays a command, up to the end of its screen.
    fn client(&mut self, command: Command) -> Result<(), String> {
        let screen = self.shell(&command.command);
        self.type_and_see(&command, &screen)?;
        self.come += usize::from(is_client(&command));
        let come = self.come;
        self.wait_for_servers(|lines| peers(lines).len() >= come);
        self.clients.push((command, screen));
        Ok(())
    }

    fn type_and_see(&self, command: &Command, screen: &Screen) -> Result<(), String> {
        let mut typed = command.typed.iter().peekable();
        for (number, line) in command.screen.iter().enumerate() {
            if let Some((_, word)) = typed.next_if(|(at, _)| *at == number) {
                let prompt = line.strip_suffix(word.as_str()).unwrap_or_default().trim_end();
                let before = [&command.screen[..number], &[prompt.to_owned()]].concat();
                self.see(command, &before, screen)?;
                screen.press(word);
            }
        }
        self.see(command, &command.screen, screen)
    }

    /// Waits for the beginning of the screen.
    fn see(&self, command: &Command, expected: &[String], screen: &Screen) -> Result<(), String> {
        let expected = self.plain(expected);
        if screen.wait(|lines| begins_with(&self.plain(lines), &expected)) {
            return Ok(());
        }
        Err(difference(&command.command, &expected, &self.plain(&screen.lines())))
    }

    /// What is told of a server is told in an order, so it is to notice one client before the next comes or goes. It may
    /// also be told in part.
    fn wait_for_servers(&self, noticed: impl Fn(&[String]) -> bool) {
        for (command, screen) in &self.servers {
            let told = command.before_the_key();
            if noticed(told) && !told.iter().any(|line| line == "...") {
                screen.wait(&noticed);
            }
        }
    }

    /// Looks at all that is on the screens, and ends the clients, one after the other, then the servers.
    fn end(mut self) -> Result<(), String> {
        // All before the first goes: the others may notice that.
        for (command, screen) in &self.clients {
            self.whole(command, screen)?;
        }
        for (command, screen) in std::mem::take(&mut self.clients) {
            self.goes(&command, screen);
        }
        for (command, screen) in &self.servers {
            self.type_and_see(command, screen)?;
            if command.before_the_key().len() < command.screen.len() && !screen.wait_for_end() {
                return Err(format!("{} goes on after Ctrl+C", command.command));
            }
            self.whole(command, screen)?;
        }
        Ok(())
    }

    /// Ends a client, when the servers have told of all that it said: it may not have come to that yet.
    fn goes(&mut self, command: &Command, screen: Screen) {
        for (server, screen) in &self.servers {
            let told = self.plain(until_one_goes(server.before_the_key(), self.gone));
            screen.wait(|lines| begins_with(&self.plain(lines), &told));
        }
        drop(screen);
        self.gone += usize::from(is_client(command));
        let gone = self.gone;
        self.wait_for_servers(|lines| lines.iter().filter(|line| line.contains("closed")).count() >= gone);
    }

    fn whole(&self, command: &Command, screen: &Screen) -> Result<(), String> {
        let (expected, seen) = (self.plain(&command.screen), self.plain(&screen.lines()));
        if fits(&seen, &expected) { Ok(()) } else { Err(difference(&command.command, &expected, &seen)) }
    }

    /// Lines without what varies: times, ports that the system chose. The first peer is 1, the second 2.
    fn plain(&self, lines: &[String]) -> Vec<String> {
        let text = TIME.replace_all(&lines.join("\n"), "<time>").into_owned();
        let mut peers = Vec::new();
        let text = ADDRESS.replace_all(&text, |address: &Captures| {
            let (host, port) = (&address[1], number(&address[2]));
            if let Some((told, _)) = self.ports.iter().find(|(told, real)| [*told, *real].contains(&port)) {
                return format!("{host}:{told}");
            }
            if port == NO_SERVER || PORT.is_match(&format!(" {port}")) {
                return format!("{host}:<nobody>");
            }
            if !peers.contains(&port) {
                peers.push(port);
            }
            let peer = peers.iter().position(|peer| *peer == port).unwrap_or_default() + 1;
            format!("{host}:<{peer}>")
        });
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

/// A program that a command names and this machine lacks.
pub fn missing(command: &str) -> Option<&'static str> {
    let is_named = |program: &&str| command.split_whitespace().any(|word| word == *program);
    ["telnet", "nc", "python3"].into_iter().filter(is_named).find(|program| !rules::tools::has(program))
}

/// A command line whose steps are the solutions.
fn with_programs(line: &str) -> String {
    let line = STEP.replace(line, |step: &Captures| format!("'{}'", solution(&step[3]).display()));
    WRONG
        .replace(&line, |_: &Captures| format!("'{}'", course_program("submissions", "wrong").display()))
        .into_owned()
}

/// Whether a command is a server of the course. The client of step 09 isn't, right or wrong.
pub fn is_server(command: &str) -> bool {
    (STEP.is_match(command) || WRONG.is_match(command)) && !command.contains("09_client")
}

/// What a server tells before a client goes, after as many as have `gone`.
fn until_one_goes(told: &[String], gone: usize) -> &[String] {
    let goings = told.iter().enumerate().filter(|(_, line)| line.contains("closed"));
    let end = goings.map(|(number, _)| number).nth(gone).unwrap_or(told.len());
    let is_lost = end > 0 && told[end - 1].contains("Lost");
    &told[..end - usize::from(is_lost)]
}

/// Whether a command talks to a server: it tells a port.
fn is_client(command: &Command) -> bool {
    PORT.is_match(&command.command)
}

fn number(digits: &str) -> u16 {
    digits.parse().unwrap_or_default()
}

fn peers(lines: &[String]) -> BTreeSet<&str> {
    let from =
        lines.iter().filter(|line| !line.contains("Server listening") && !line.contains("server started"));
    from.filter_map(|line| ADDRESS.captures(line))
        .map(|address| address.get(2).expect("a port").as_str())
        .collect()
}

/// Whether the lines are those that are expected, all of them.
fn fits(seen: &[String], expected: &[String]) -> bool {
    match expected.split_first() {
        None => seen.iter().all(String::is_empty),
        Some((dots, rest)) if dots == "..." => (0..=seen.len()).any(|skipped| fits(&seen[skipped..], rest)),
        Some((line, rest)) => seen.first() == Some(line) && fits(&seen[1..], rest),
    }
}

/// Whether the lines begin with those that are expected.
fn begins_with(seen: &[String], expected: &[String]) -> bool {
    (0..=seen.len()).any(|end| fits(&seen[..end], expected))
}

fn difference(command: &str, expected: &[String], seen: &[String]) -> String {
    format!("$ {command}\nexpected:\n  {}\nseen:\n  {}", expected.join("\n  "), seen.join("\n  "))
}
