//! Where a scene is played: the program runs, and the cast does to it what the script says.

use std::collections::HashMap;
use std::ops::{ControlFlow, Deref};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use grader::diagram::{Line, Row};
use grader::report::Detail;
use grader::{Check, Client, Datagrams, Failure, Peer, Run, Server, Submission, Verdict};

use crate::scene::{Act, Actor, Data, Deed, Role, Scene, quoted};

/// How long nothing must come.
const MOMENT: Duration = Duration::from_millis(300);

/// How long to wait between two looks at what can't be waited for.
const LOOK: Duration = Duration::from_millis(10);

/// What an act has come to.
pub struct Event {
    pub row: Row,
    /// What somebody's own terminal shows of it: the place in the cast, and the lines.
    pub terminal: Option<(usize, String)>,
    /// The program, when it has just been started.
    pub program: Option<Arc<Program>>,
    /// Whether the audience may have time to look at it.
    pub is_followed_by_pause: bool,
}

/// The program of the step, as it runs.
pub enum Program {
    Server(Server),
    Client(Run),
}

impl Deref for Program {
    type Target = Run;

    fn deref(&self) -> &Run {
        match self {
            Self::Server(server) => server,
            Self::Client(client) => client,
        }
    }
}

type Played = Result<Event, Box<Failure>>;

/// Plays a scene to its end, or until `show`, which is told each event, wants no more.
///
/// # Errors
/// Something happened otherwise than in the script. That is the last event.
pub fn play(
    scene: &'static Scene,
    submission: Submission,
    mut show: impl FnMut(Event) -> ControlFlow<()>,
) -> Result<(), Box<Failure>> {
    let mut stage = Stage::new(scene, submission);
    for (number, act) in scene.acts.iter().enumerate() {
        match stage.play(act) {
            Ok(event) => {
                let next = scene.acts.get(number + 1);
                let is_followed_by_pause =
                    next.is_some_and(|next| !next.at_once) && !matches!(act.deed, Deed::Phase(_));
                if show(Event { is_followed_by_pause, ..event }).is_break() {
                    break;
                }
            }
            Err(failure) => {
                let over = stage.place(act.actor.unwrap_or(scene.program));
                let text = format!("{}: {}", failure.verdict, failure.detail_lines().join("\n"));
                let _ = show(event(Row::Surprise { over, text }));
                return Err(failure);
            }
        }
    }
    Ok(())
}

fn event(row: Row) -> Event {
    Event { row, terminal: None, program: None, is_followed_by_pause: false }
}

struct Stage {
    scene: &'static Scene,
    submission: Submission,
    program: Option<Arc<Program>>,
    /// How many lines of the program's standard output have been read.
    lines_read: usize,
    peer: Option<Peer>,
    connections: HashMap<Actor, Client>,
    sockets: HashMap<Actor, Datagrams>,
}

impl Stage {
    fn new(scene: &'static Scene, submission: Submission) -> Self {
        let submission = scene
            .variables
            .iter()
            .fold(submission.unhurried(), |submission, (name, value)| submission.variable(name, value));
        Self {
            scene,
            submission,
            program: None,
            lines_read: 0,
            peer: None,
            connections: HashMap::new(),
            sockets: HashMap::new(),
        }
    }

    fn play(&mut self, act: &Act) -> Played {
        let Some(actor) = act.actor else {
            return Ok(event(match act.deed {
                Deed::Phase(title) => Row::Phase { title: title.to_owned() },
                Deed::Note(text) => Row::Note { over: None, text: text.to_owned() },
                _ => unreachable!("everybody does nothing"),
            }));
        };
        match act.deed {
            Deed::Phase(title) => Ok(event(Row::Phase { title: title.to_owned() })),
            Deed::Note(text) => Ok(self.note(actor, text)),
            Deed::Starts(options) => self.start(options),
            Deed::Ends => self.end(),
            Deed::Connects => self.connect(actor),
            Deed::Accepts => self.accept(actor),
            Deed::Says(data) => Ok(self.say(actor, data)),
            Deed::Hears(data) => self.hear(actor, data),
            Deed::HearsLine(pattern) => self.hear_line(actor, pattern),
            Deed::HearsNothing => self.hear_nothing(actor),
            Deed::HearsEnd => self.hear_end(actor),
            Deed::HalfCloses => {
                self.connection(actor).half_close();
                Ok(self.sent(actor, "FIN (end of sending)", Line::Control, "(ends sending)"))
            }
            Deed::Closes => {
                self.connections.remove(&actor).expect("the script connects first").close();
                Ok(self.sent(actor, "FIN (close)", Line::Control, "(closed)"))
            }
            Deed::Resets => {
                self.connections.remove(&actor).expect("the script connects first").reset();
                Ok(self.sent(actor, "RST (reset)", Line::Reset, "(crashed)"))
            }
            Deed::Waits(seconds) => {
                let end = Instant::now() + Duration::from_secs(seconds);
                while Instant::now() < end && !self.program().has_ended() {
                    thread::sleep(LOOK);
                }
                Ok(self.note(actor, &format!("{seconds} seconds later")))
            }
            Deed::Types(line) => {
                self.program().type_in(format!("{line}\n"));
                Ok(self.sent(actor, &quoted(line), Line::Bytes, line))
            }
            #[cfg(unix)]
            Deed::PressesCtrlC => {
                self.program().interrupt();
                Ok(self.sent(actor, "Ctrl+C (SIGINT)", Line::Control, "^C"))
            }
            Deed::Reads(pattern) => self.read(actor, pattern),
        }
    }

    fn start(&mut self, options: &'static [&'static str]) -> Played {
        // The one before has ended, or ends now.
        (self.program, self.lines_read) = (None, 0);
        self.connections.clear();
        self.sockets.clear();
        let submission = self.submission.clone().options(options.iter().copied());
        let program = if self.scene.role == Role::Client {
            let peer = self.peer.insert(Peer::listen());
            Program::Client(submission.to(peer.address()).piped().try_start_client().into_result()?)
        } else {
            Program::Server(submission.try_start().into_result()?)
        };
        let program = self.program.insert(Arc::new(program));
        let program = Some(Arc::clone(program));
        let words = [&[self.scene.step], options].concat().join(" ");
        Ok(Event { program, ..self.note(self.scene.program, &format!("starts: {words}")) })
    }

    fn end(&mut self) -> Played {
        self.program().expect_exit(0).into_result()?;
        Ok(self.note(self.scene.program, "has ended, exit code 0"))
    }

    fn connect(&mut self, actor: Actor) -> Played {
        let client = self.server().try_connect(actor.0).into_result()?;
        self.connections.insert(actor, client);
        Ok(self.sent(actor, "connect", Line::Control, "(connected)"))
    }

    fn accept(&mut self, actor: Actor) -> Played {
        let peer = self.peer.as_ref().expect("the script starts the client first");
        let client = peer.try_accept(self.program()).into_result()?;
        self.connections.insert(actor, client);
        Ok(self.received(actor, "connect", Line::Control, "(a client has connected)"))
    }

    fn say(&mut self, actor: Actor, data: Data) -> Event {
        let bytes = data.bytes();
        let line = if self.scene.role == Role::UdpServer {
            self.socket(actor).send(bytes);
            Line::Datagram
        } else {
            self.connection(actor).send(bytes);
            Line::Bytes
        };
        self.sent(actor, &data.label(), line, &data.label())
    }

    fn hear(&mut self, actor: Actor, data: Data) -> Played {
        let bytes = data.bytes();
        let line = if self.scene.role == Role::UdpServer {
            self.socket(actor).expect(bytes).into_result()?;
            Line::Datagram
        } else {
            self.connection(actor).expect(bytes).into_result()?;
            Line::Bytes
        };
        Ok(self.received(actor, &data.label(), line, &data.label()))
    }

    fn hear_line(&mut self, actor: Actor, pattern: &str) -> Played {
        let line = self.connection(actor).expect_line().into_result()?;
        let detail = Detail::expected(format!("a line like {pattern:?}")).received(format!("{line:?}"));
        self.check(fits(&line, pattern), Verdict::WrongBytes, detail).into_result()?;
        let with_end = |line: &str| quoted(&format!("{line}\n"));
        Ok(self.received(actor, &with_end(pattern), Line::Bytes, &with_end(&line)))
    }

    fn hear_nothing(&mut self, actor: Actor) -> Played {
        let end = Instant::now() + MOMENT;
        let mut waiting = 0;
        while waiting == 0 && Instant::now() < end {
            thread::sleep(LOOK);
            waiting = self.connection(actor).waiting();
        }
        let detail = Detail::expected("nothing to come").received(format!("{waiting} bytes"));
        self.check(waiting == 0, Verdict::WrongBytes, detail).into_result()?;
        Ok(self.note(actor, "nothing comes back"))
    }

    fn hear_end(&mut self, actor: Actor) -> Played {
        self.connection(actor).expect_end().into_result()?;
        Ok(self.received(actor, "FIN (end of file)", Line::Control, "(end of file)"))
    }

    fn read(&mut self, actor: Actor, pattern: &str) -> Played {
        let from = self.lines_read;
        let stdout = self.program().stdout();
        let number = stdout.expect_after(from, &format!("{pattern:?}"), |line| fits(line, pattern));
        let number = number.into_result()?;
        let line = stdout.lines().get(number).cloned().unwrap_or_default();
        self.lines_read = number + 1;
        Ok(self.received(actor, &quoted(pattern), Line::Bytes, &line))
    }

    fn check(&self, met: bool, verdict: Verdict, detail: Detail) -> Check {
        self.program().check_detail(met, verdict, detail)
    }

    fn program(&self) -> &Program {
        self.program.as_ref().expect("the script starts the program first")
    }

    fn server(&self) -> &Server {
        match self.program() {
            Program::Server(server) => server,
            Program::Client(_) => unreachable!("nobody connects to a client"),
        }
    }

    fn connection(&mut self, actor: Actor) -> &mut Client {
        self.connections.get_mut(&actor).expect("the script connects first")
    }

    /// Who sends datagrams needs no connection: a socket is all.
    fn socket(&mut self, actor: Actor) -> &mut Datagrams {
        if !self.sockets.contains_key(&actor) {
            let socket = self.server().datagrams(actor.0);
            self.sockets.insert(actor, socket);
        }
        self.sockets.get_mut(&actor).expect("it is there now")
    }

    fn place(&self, actor: Actor) -> usize {
        self.scene.place(actor)
    }

    fn note(&self, actor: Actor, text: &str) -> Event {
        event(Row::Note { over: Some(self.place(actor)), text: text.to_owned() })
    }

    /// From an actor to the program. `shown` is what the actor's own terminal shows.
    fn sent(&self, actor: Actor, label: &str, line: Line, shown: &str) -> Event {
        let (from, to) = (self.place(actor), self.place(self.scene.program));
        let row = Row::Arrow { from, to, label: label.into(), line };
        let mark = if line == Line::Control || line == Line::Reset { "" } else { "> " };
        Event { terminal: Some((from, format!("{mark}{shown}"))), ..event(row) }
    }

    /// From the program to an actor.
    fn received(&self, actor: Actor, label: &str, line: Line, shown: &str) -> Event {
        let (from, to) = (self.place(self.scene.program), self.place(actor));
        let row = Row::Arrow { from, to, label: label.into(), line };
        let mark = if line == Line::Control { "" } else { "< " };
        Event { terminal: Some((to, format!("{mark}{shown}"))), ..event(row) }
    }
}

/// Whether `line` is as `pattern` says, where `<...>` stands for any text.
fn fits(line: &str, pattern: &str) -> bool {
    let parts = pattern.split_once('<').and_then(|(before, rest)| Some((before, rest.split_once('>')?.1)));
    match parts {
        None => line == pattern,
        Some((before, after)) => {
            line.strip_prefix(before).is_some_and(|rest| !rest.is_empty() && rest.ends_with(after))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_stands_for_any_text() {
        assert!(fits("Server time: 2026-11-20T10:31:15+00:00", "Server time: <time>"));
        assert!(fits("Hello", "Hello"));
        assert!(!fits("Hello!", "Hello"));
        assert!(!fits("Time: now", "Server time: <time>"));
    }
}
