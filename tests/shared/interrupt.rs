//! Criterion of the servers that Ctrl+C ends. Unix has signals; on Windows nothing can press Ctrl+C for another
//! process, so there this isn't compiled.

use crate::{greet, submission};

#[test]
fn ctrl_c_ends_the_program_and_frees_the_port() {
    // Nobody else is given it between the end and the next start.
    let port = grader::free_port().to_string();
    let server = submission().address([port.as_str()]).start();
    let mut client = server.connect("client");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("echo what is sent");
    server.interrupt();
    server.expect_end().or_hint("Ctrl+C ends the program, also while a client is connected");
    let again = submission().address([port.as_str()]).start();
    greet(&again, "the port can be bound again at once (SO_REUSEADDR, which TcpListener::bind sets)");
}
