//! What Ctrl+C does to a server. Unix has signals; on Windows nothing can press Ctrl+C for another
//! process, so there this isn't compiled.

use crate::{greet, submission};

#[test]
fn ctrl_c_ends_the_program_and_frees_the_port() {
    // Nobody else is given it between the end and the next start.
    let port = grader::free_port().to_string();
    let server = submission().address([port.as_str()]).start();
    let mut client = server.connect("client");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("A message didn't come back as it was sent");
    server.interrupt();
    server.expect_end().or_hint("Ctrl+C didn't end the program while a client was connected");
    let again = submission().address([port.as_str()]).start();
    greet(
        &again,
        "After Ctrl+C the port can't be bound again immediately. A listener needs SO_REUSEADDR for that, which the one of the standard library sets",
    );
}
