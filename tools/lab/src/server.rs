//! A server: how it is started, and where it then listens.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use load::Workload;
use serde::{Serialize, Serializer};

use crate::interrupt;
use crate::program::Program;
use crate::workload::Task;

/// `go run` compiles first.
const LONGEST_START: Duration = Duration::from_secs(60);

/// How often the lab asks a server that doesn't report it whether it listens.
const ASK: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    #[default]
    Tcp,
    Udp,
}

/// A server that can be started.
#[derive(Clone, Default, Serialize)]
pub struct Contestant {
    pub name: String,
    pub transport: Transport,
    /// Program and arguments. `{port}` stands for a port that the lab chooses; without it, the first line of the server says
    /// where it listens.
    #[serde(skip)]
    pub command: Vec<String>,
    /// Environment variables that it needs.
    #[serde(skip)]
    pub variables: BTreeMap<String, String>,
    /// What each client has to send first.
    #[serde(skip)]
    pub login: Option<String>,
    /// It serves one client after the other.
    #[serde(skip)]
    pub one_at_a_time: bool,
    /// It prints something about each message.
    #[serde(skip)]
    pub talks: bool,
}

impl Contestant {
    pub fn new(name: &str, transport: Transport, command: Vec<String>) -> Self {
        Self { name: name.into(), transport, command, ..Self::default() }
    }

    pub fn name_only<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.name.serialize(serializer)
    }

    pub fn takes_part_in(&self, task: &Task) -> bool {
        let transport = if task.workload == Workload::Udp { Transport::Udp } else { Transport::Tcp };
        let at_once = task.connections > 1;
        self.transport == transport && !(self.one_at_a_time && at_once)
    }
}

/// A server that runs, and ends when it is dropped.
pub struct Server {
    program: Program,
    pub address: SocketAddr,
}

impl Server {
    /// Starts it and waits until it listens.
    pub fn start(contestant: &Contestant) -> Result<Self> {
        let is_given_a_port = contestant.command.iter().any(|word| word.contains("{port}"));
        let address = free_address()?;
        let words = contestant.command.iter().map(|word| word.replace("{port}", &address.port().to_string()));
        let level = if contestant.talks { "info" } else { "warn" };
        let own = [("RUST_LOG".to_owned(), level.to_owned())];
        let program = Program::start(words, contestant.variables.clone().into_iter().chain(own))?;
        let address = if is_given_a_port {
            answering(&program, address, contestant.transport)
        } else {
            announced(&program)
        };
        match address {
            Ok(address) => Ok(Self { program, address }),
            Err(error) => bail!("{error}: {}", program.last_words()),
        }
    }

    /// Its process group.
    pub fn group(&self) -> u32 {
        self.program.group()
    }
}

/// Another program might take it before the server does; then the server reports an error and is not measured.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Where it reports that it listens: "Server listening on 127.0.0.1:4444...".
fn announced(program: &Program) -> Result<SocketAddr> {
    let line = program.first_line(LONGEST_START).context("it printed no first line")?;
    let line = line.trim_end();
    let address = line.strip_prefix("Server listening on ").and_then(|rest| rest.strip_suffix("..."));
    let address = address.map(|address| address.replace("localhost", "127.0.0.1"));
    address
        .and_then(|address| address.parse().ok())
        .with_context(|| format!("its first line doesn't say where it listens: {line:?}"))
}

/// Tries until it answers.
fn answering(program: &Program, address: SocketAddr, transport: Transport) -> Result<SocketAddr> {
    let begun = Instant::now();
    while begun.elapsed() < LONGEST_START && !interrupt::has_come() {
        if answers(address, transport).is_ok() {
            return Ok(address);
        }
        ensure!(!program.has_ended(), "it ended");
        thread::sleep(ASK);
    }
    bail!("it doesn't answer")
}

fn answers(address: SocketAddr, transport: Transport) -> io::Result<()> {
    let patience = Some(Duration::from_secs(1));
    if transport == Transport::Tcp {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(patience)?;
        stream.write_all(b"?")?;
        return stream.read_exact(&mut [0]);
    }
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(patience)?;
    socket.send_to(b"?", address)?;
    socket.recv(&mut [0]).map(drop)
}
