//! A server in a network namespace of its own (`network_namespaces(7)`), in which loopback is down: it can't reach itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

use grader::patience;

pub struct Isolated {
    process: Child,
    pub first_line: String,
}

/// Starts `program` on a port of `host`, after the command `prepare` of the shell. Prints the reason and returns None if there
/// can be no such namespace here.
pub fn start(program: &str, prepare: &str, host: &str) -> Option<Isolated> {
    let namespace = ["--user", "--map-root-user", "--net", "sh", "-c"];
    let prepared = Command::new("unshare").args(namespace).arg(prepare).output();
    if !prepared.as_ref().is_ok_and(|output| output.status.success()) {
        println!("skipped: this needs unshare(1), and `{prepare}` in a network namespace: {prepared:?}");
        return None;
    }
    let mut process = Command::new("unshare")
        .args(namespace)
        .args([&format!("{prepare} && exec \"$@\""), "sh", program, host, "0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it was started before");
    let mut first_line = String::new();
    let stdout = process.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut first_line).expect("it is text");
    Some(Isolated { process, first_line })
}

impl Isolated {
    /// Sends SIGTERM, and waits for the end.
    pub fn terminate(&mut self) -> Option<ExitStatus> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("every Unix has it").success());
        let mut status = None;
        patience::eventually(|| {
            status = self.process.try_wait().expect("it is a child");
            status.is_some()
        });
        status
    }
}

impl Drop for Isolated {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
