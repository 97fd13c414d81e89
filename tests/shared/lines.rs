//! What a server prints about many clients at once.

use grader::Verdict;

use crate::{echoed, received, submission};

#[test]
fn lines_about_different_clients_do_not_mix() {
    let server = submission().start();
    let mut clients: Vec<_> = (0..8).map(|number| server.connect(&format!("client {number}"))).collect();
    for _ in 0..50 {
        for client in &mut clients {
            client.send("one two three\n");
        }
        for client in &mut clients {
            client.expect("one two three\n").or_hint("A message didn't come back as it was sent");
        }
    }
    let peers: Vec<_> = clients.iter().map(grader::Client::address).collect();
    clients.clear();
    let stdout = server.stdout();
    let hint =
        "Pieces of two lines are mixed. Print each line in one go, as the macros of the crate `support` do";
    for peer in &peers {
        stdout.expect_line(&format!("Connection closed: {peer}")).or_hint(hint);
    }
    let expected = |line: &str| {
        peers.iter().any(|peer| {
            line == format!("Connection from {peer}")
                || line == format!("Received from {peer}: one two three")
                || line == format!("Echoed to {peer}: one two three")
                || line == format!("Connection closed: {peer}")
        })
    };
    let lines = stdout.lines().into_iter();
    let torn = lines.skip_while(|line| !line.contains("listening")).skip(1).find(|line| !expected(line));
    let detail = "this line is none that a single event would print";
    server.expect_none(torn, Verdict::WrongOutput, detail).or_hint(hint);
    for peer in peers {
        let about = |start: String| stdout.lines().iter().filter(|line| line.starts_with(&start)).count();
        let counts = (about(received(peer)), about(echoed(peer)));
        let detail = format!("50 messages of {peer} were echoed; {counts:?} lines say Received and Echoed");
        server
            .check(counts == (50, 50), Verdict::WrongOutput, &detail)
            .or_hint("Lines are missing, or name another client than their own");
    }
}
