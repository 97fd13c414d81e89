//! Servers of other designs: ours in `tools/lab/rivals`, and those of the system.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::contestant::{Contestant, Sign, Transport};
use steps::cargo;
use steps::root;

/// The loops that all others are compared with: nothing but the system calls.
pub fn bare() -> Result<Vec<Contestant>> {
    let program = build("bare")?;
    Ok(vec![
        Contestant::new("bare loop, a thread each", Transport::Tcp, vec![program.clone()]),
        Contestant::new("bare loop, datagrams", Transport::Udp, vec![program, "udp".into()]),
    ])
}

/// All that can be started here, and what is missing. With `log` also those that say something of each message.
pub fn all(log: bool) -> Result<(Vec<Contestant>, Vec<String>)> {
    let mut found = vec![
        Contestant::new("tokio", Transport::Tcp, vec![build("tokio")?]),
        Contestant::new("mio (epoll)", Transport::Tcp, vec![build("mio")?]),
    ];
    let mut missing = Vec::new();
    let ring = Contestant::new("io-uring", Transport::Tcp, vec![build("io_uring")?]);
    match crate::server::Server::start(&ring) {
        Ok(_) => found.push(ring),
        Err(_) => missing.push("io-uring: this kernel has none for us".into()),
    }
    for rival in of_the_system().into_iter().filter(|rival| log || !rival.contestant.talks) {
        let program = &rival.needs;
        if is_installed(program) {
            found.push(rival.contestant);
        } else {
            missing.push(format!("{}: no {program} is installed", rival.contestant.name));
        }
    }
    Ok((found, missing))
}

struct Rival {
    /// The program that must be installed.
    needs: &'static str,
    contestant: Contestant,
}

impl Rival {
    /// It says something of each message.
    fn talking(mut self) -> Self {
        self.contestant.talks = true;
        self
    }
}

fn of_the_system() -> Vec<Rival> {
    use Sign::{Answer, FirstLine};
    use Transport::{Tcp, Udp};
    let rival = |needs, name, transport, sign, line: &str| {
        let command = line.replace("RIVALS", &root().join("tools/lab/rivals").to_string_lossy());
        let command = command.split('|').map(str::to_owned).collect();
        Rival { needs, contestant: Contestant { sign, ..Contestant::new(name, transport, command) } }
    };
    vec![
        rival("python3", "Python, a thread each", Tcp, FirstLine, "python3|RIVALS/python/threads.py"),
        rival("python3", "Python, with a print", Tcp, FirstLine, "python3|RIVALS/python/threads.py|print")
            .talking(),
        rival("python3", "Python, datagrams", Udp, FirstLine, "python3|RIVALS/python/datagrams.py"),
        rival("go", "Go, a goroutine each", Tcp, FirstLine, "go|run|RIVALS/go/main.go"),
        rival(
            "socat",
            "socat, a process each",
            Tcp,
            Answer,
            "socat|TCP4-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,backlog=1024|PIPE",
        ),
        rival(
            "socat",
            "socat, a process each, datagrams",
            Udp,
            Answer,
            "socat|UDP4-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork|PIPE",
        ),
        rival(
            "ncat",
            "ncat, cat for each client",
            Tcp,
            Answer,
            "ncat|--listen|--keep-open|--max-conns|10000|--exec|/bin/cat|127.0.0.1|{port}",
        ),
        rival("inetd", "inetd, cat for each client", Tcp, Answer, "sh|RIVALS/inetd.sh|{port}"),
    ]
}

/// Whether there is such a program.
fn is_installed(program: &str) -> bool {
    let mut command = Command::new(if cfg!(windows) { "where" } else { "which" });
    command.arg(program).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn build(name: &str) -> Result<String> {
    let words = ["-p", "rivals", "--bin", name].map(str::to_owned);
    let program = cargo::programs(&words)?.pop().with_context(|| format!("cargo names no program {name}"))?;
    program.into_os_string().into_string().ok().context("the path of the course is not UTF-8")
}
