//! A server in a network namespace of its own (`network_namespaces(7)`), in which loopback is down: it can't reach itself.

use std::process::Command;

use grader::Submission;

/// On SIGTERM `program` shuts down cleanly. It is started on a port of `host`, after the command `prepare` of the shell, and
/// calls its address `shown`. Prints the reason if there can be no such namespace here.
pub fn shuts_down(program: &str, prepare: &str, host: &str, shown: &str) {
    let namespace = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c"];
    let prepared = Command::new(namespace[0]).args(&namespace[1..]).arg(prepare).output();
    if !prepared.as_ref().is_ok_and(|output| output.status.success()) {
        println!("skipped: this needs unshare(1), and `{prepare}` in a network namespace: {prepared:?}");
        return;
    }
    let prepare = format!("{prepare} && exec \"$@\"");
    let words = namespace.into_iter().chain([prepare.as_str(), "sh", program]);
    let isolated = Submission::of_program("03_enhanced", words.map(Into::into).collect());
    let server = isolated.address([host, "0"]).start();
    let first_line = server.stdout().lines().swap_remove(0);
    assert!(first_line.starts_with(&format!("Server listening on {shown}:")), "{first_line}");
    server.terminate();
    server.expect_exit(0).or_hint("it must not wait for a connection to itself");
}
