//! Servers of other designs: ours in `tools/lab/rivals`, and programs that people install.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::server::{Contestant, Transport};
use Transport::{Tcp, Udp};
use steps::{cargo, root};

/// Each with the program that must be installed, its name, and its command line.
const INSTALLED: [(&str, &str, Transport, &str); 8] = [
    ("python3", "Python, a thread each", Tcp, "python3 RIVALS/python/threads.py"),
    ("python3", PRINTS, Tcp, "python3 RIVALS/python/threads.py print"),
    ("python3", "Python, datagrams", Udp, "python3 RIVALS/python/datagrams.py"),
    ("go", "Go, a goroutine each", Tcp, "go run RIVALS/go/main.go"),
    (
        "socat",
        "socat, a process each",
        Tcp,
        "socat TCP4-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,backlog=1024 PIPE",
    ),
    (
        "socat",
        "socat, a process each, datagrams",
        Udp,
        "socat UDP4-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork PIPE",
    ),
    ("ncat", "ncat, cat for each client", Tcp, "ncat -lk --max-conns 10000 --exec /bin/cat 127.0.0.1 {port}"),
    ("inetd", "inetd, cat for each client", Tcp, "sh RIVALS/inetd.sh {port}"),
];

/// The one that prints each message.
const PRINTS: &str = "Python, with a print";

/// The loops that all others are compared with: nothing but the system calls.
pub fn bare() -> Result<Vec<Contestant>> {
    let program = build("bare")?;
    Ok(vec![
        Contestant::new("bare loop, a thread each", Tcp, vec![program.clone()]),
        Contestant::new("bare loop, datagrams", Udp, vec![program, "udp".into()]),
    ])
}

/// All that can be started here, and what is missing. With `log` also the one that prints each message.
pub fn all(log: bool) -> Result<(Vec<Contestant>, Vec<String>)> {
    let ours = |name, program| Ok(Contestant::new(name, Tcp, vec![build(program)?]));
    let mut found: Vec<Contestant> = [("tokio", "tokio"), ("mio (epoll)", "mio"), ("io-uring", "io_uring")]
        .into_iter()
        .map(|(name, program)| ours(name, program))
        .collect::<Result<_>>()?;
    let mut missing = Vec::new();
    if !succeeds(found[2].command[0].as_ref(), "check") {
        missing.push("io-uring: this kernel has none for us".into());
        found.pop();
    }
    let rivals = root().join("tools/lab/rivals");
    let which = if cfg!(windows) { "where" } else { "which" };
    for (needs, name, transport, line) in INSTALLED.into_iter().filter(|rival| log || rival.1 != PRINTS) {
        if !succeeds(which, needs) {
            missing.push(format!("{name}: {needs} is not installed"));
            continue;
        }
        let words = line.split(' ').map(|word| word.replace("RIVALS", &rivals.to_string_lossy()));
        let contestant = Contestant::new(name, transport, words.collect());
        found.push(Contestant { talks: name == PRINTS, ..contestant });
    }
    Ok((found, missing))
}

fn succeeds(program: &str, word: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(word).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn build(name: &str) -> Result<String> {
    let words = ["-p", "rivals", "--bin", name].map(str::to_owned);
    let program = cargo::programs(&words)?.pop().with_context(|| format!("cargo names no program {name}"))?;
    program.into_os_string().into_string().ok().context("the path of the course is not UTF-8")
}
