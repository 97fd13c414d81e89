//! A server that runs, and is ended with all that it has started.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use std::{io, process};

use anyhow::{Context, Result, bail};

use crate::contestant::{Contestant, Sign, Transport};
use steps::child::{self, Process};

/// `go run` compiles first.
const LONGEST_START: Duration = Duration::from_secs(60);

/// How often a server that doesn't tell is asked whether it listens.
const ASK: Duration = Duration::from_millis(20);

/// How much of what it prints is read at a time: as much as a pipe holds, so that reading takes little from the server.
const SCREEN_BYTES: usize = 64 * 1024;

pub struct Server {
    process: Process,
    pub address: SocketAddr,
}

impl Server {
    /// Starts it and waits until it listens.
    pub fn start(contestant: &Contestant) -> Result<Self> {
        let mut port = 0;
        if let Sign::Answer = contestant.sign {
            port = free_port(contestant.transport)?;
        }
        let process = Process::start(command(contestant, port))?;
        let first_line = first_line(&process);
        let complaints = complaints(&process);
        let address = match contestant.sign {
            Sign::FirstLine => announced(&first_line),
            Sign::Answer => answering(&process, ([127, 0, 0, 1], port).into(), contestant.transport),
        };
        match address {
            Ok(address) => Ok(Self { process, address }),
            Err(error) => {
                drop(process);
                let text = complaints.recv().unwrap_or_default();
                bail!("{error}: {}", text.lines().last().unwrap_or("it says nothing").trim());
            }
        }
    }

    /// Its process group.
    pub fn group(&self) -> u32 {
        self.process.id()
    }
}

fn command(contestant: &Contestant, port: u16) -> process::Command {
    let mut words = contestant.command.iter().map(|word| word.replace("{port}", &port.to_string()));
    let mut command = child::limited(words.next().expect("a command has a program"), &[child::DESCRIPTORS]);
    command.args(words).current_dir(steps::root());
    let level = if contestant.talks { "info" } else { "warn" };
    command.env("RUST_LOG", level).envs(&contestant.variables);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Another program might take it before the server does; then the server says so and is not measured.
fn free_port(transport: Transport) -> io::Result<u16> {
    let address = match transport {
        Transport::Tcp => TcpListener::bind("127.0.0.1:0")?.local_addr()?,
        Transport::Udp => UdpSocket::bind("127.0.0.1:0")?.local_addr()?,
    };
    Ok(address.port())
}

/// The first line that it prints. What follows is read and dropped, so that it never waits for a reader.
fn first_line(process: &Process) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let stdout = process.take_stdout().expect("it has a pipe");
    thread::spawn(move || {
        let mut stdout = BufReader::with_capacity(SCREEN_BYTES, stdout);
        let mut line = String::new();
        let _ = stdout.read_line(&mut line);
        let _ = sender.send(line);
        let _ = io::copy(&mut stdout, &mut io::sink());
    });
    receiver
}

/// The beginning of what it complains about, told when it has ended.
fn complaints(process: &Process) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let mut stderr = process.take_stderr().expect("it has a pipe");
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stderr.by_ref().take(4096).read_to_end(&mut bytes);
        let _ = io::copy(&mut BufReader::with_capacity(SCREEN_BYTES, stderr), &mut io::sink());
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Where it says that it listens: "Server listening on 127.0.0.1:4444...".
fn announced(first_line: &Receiver<String>) -> Result<SocketAddr> {
    let line = first_line.recv_timeout(LONGEST_START).context("it printed no first line")?;
    let line = line.trim_end();
    let address = line.strip_prefix("Server listening on ").and_then(|rest| rest.strip_suffix("..."));
    let address = address.map(|address| address.replace("localhost", "127.0.0.1"));
    address
        .and_then(|address| address.parse().ok())
        .with_context(|| format!("its first line doesn't say where it listens: {line:?}"))
}

/// Tries until it answers.
fn answering(process: &Process, address: SocketAddr, transport: Transport) -> Result<SocketAddr> {
    let begun = Instant::now();
    while begun.elapsed() < LONGEST_START {
        let answers = match transport {
            Transport::Tcp => answers_tcp(address),
            Transport::Udp => answers_udp(address),
        };
        if answers.is_ok() {
            return Ok(address);
        }
        if process.exit_status().is_some() {
            bail!("it ended");
        }
        thread::sleep(ASK);
    }
    bail!("it doesn't answer")
}

fn answers_tcp(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"?")?;
    stream.read_exact(&mut [0])
}

fn answers_udp(address: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    socket.send_to(b"?", address)?;
    socket.recv(&mut [0]).map(drop)
}
