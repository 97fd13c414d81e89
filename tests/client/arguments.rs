//! Criteria of the client's command line.

use grader::Peer;

use crate::submission;

#[test]
fn help_explains_the_command_line_with_an_example() {
    let help = submission().address([]).options(["--help"]).run().or_hint("print the help and end");
    help.expect_code(0).or_hint("asking for help is no error: exit code 0");
    for word in ["usage", "host", "port", "interactive", "test", "send", "example"] {
        help.expect_stdout(&format!("the word {word:?}"), |text| text.to_lowercase().contains(word))
            .or_hint("say what each word of the command line means");
    }
}

#[test]
fn a_wrong_command_line_is_refused_with_the_reason() {
    let hint =
        "[HOST [PORT]] [interactive | test | send FILE], and nothing else: reason and usage, exit code 2";
    for words in [
        &["localhost", "abc"][..],
        &["localhost", "70000"],
        &["localhost", "8080", "dance"],
        &["localhost", "8080", "test", "more"],
        &["localhost", "8080", "send"],
        &["send", "a-file", "another"],
        &["--no-such-option"],
    ] {
        let refused = submission().address(words.iter().copied()).run().or_hint(hint);
        refused.expect_code(2).or_hint(hint);
        refused
            .expect_stderr("the usage, and no panic", |text| {
                text.contains("sage") && !text.contains("panicked")
            })
            .or_hint(hint);
        refused.expect_stdout("nothing", str::is_empty).or_hint("what is wrong belongs on standard error");
    }
}

#[test]
fn without_arguments_it_talks_to_localhost_8080() {
    let hint = "no argument means localhost, port 8080, interactive";
    let _turn = grader::turn("port-8080");
    let Ok(peer) = Peer::on(([127, 0, 0, 1], 8080).into()) else {
        println!("port 8080 is taken: nothing to grade");
        return;
    };
    let client = submission().address([]).piped().start_client();
    peer.accept(&client);
    client.stdout().expect_line("Connected to server at localhost:8080").or_hint(hint);
}

#[test]
fn one_argument_is_the_host() {
    let hint = "of host and port the host comes first here: the port alone can't be left to it";
    let failed = submission().address(["no-such-host.invalid"]).run().or_hint(hint);
    failed.expect_code(1).or_hint(hint);
    let start = "Error: cannot connect to no-such-host.invalid:8080: ";
    failed.expect_stderr(start, |text| text.starts_with(start)).or_hint(hint);
}

/// It exists because everywhere else host and port are said.
#[test]
fn a_mode_may_follow_the_host() {
    let hint = "the words interactive, test and send are a mode, also where a port might stand";
    let words = ["no-such-host.invalid", "send", "no-such-file"];
    let failed = submission().address(words).run().or_hint(hint);
    failed.expect_code(1).or_hint(hint);
    failed
        .expect_stderr("why no-such-file can't be read, and nothing about a connection", |text| {
            text.contains("no-such-file") && !text.contains("connect")
        })
        .or_hint(hint);
}

#[test]
fn ipv6_works() {
    let Ok(peer) = Peer::on("[::1]:0".parse().expect("it is an address")) else {
        println!("this machine has no IPv6: nothing to grade");
        return;
    };
    let client = submission().to(peer.address()).piped().start_client();
    peer.accept(&client);
    let line = format!("Connected to server at [::1]:{}", peer.address().port());
    client.stdout().expect_line(&line).or_hint("an IPv6 address stands in brackets before a port");
}

/// It exists because whoever types `interactive` should get just what is the default.
#[test]
fn interactive_can_be_said() {
    let peer = Peer::listen();
    let client = submission().to(peer.address()).options(["interactive"]).piped().start_client();
    let mut server = peer.accept(&client);
    client.type_in("Hello\n");
    server.expect("Hello\n").or_hint("interactive is the default mode, and may be said");
}
