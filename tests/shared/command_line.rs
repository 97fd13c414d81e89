//! Criteria of every server: what its command line means, and what it says when that is wrong.

use std::net::{Ipv6Addr, UdpSocket};

use grader::Verdict;

use crate::{greet, occupy, submission};

const GIVEN: &str = "Args of the crate `support` does this: take every option from it, then call address()";

#[test]
fn help_explains_the_command_line_with_an_example() {
    let help = submission().address([]).options(["--help"]).run().or_hint("print the help and end");
    help.expect_code(0).or_hint("asking for help is no error: exit code 0");
    for word in ["usage", "host", "port", "example"] {
        help.expect_stdout(&format!("the word {word:?}"), |text| text.to_lowercase().contains(word))
            .or_hint(GIVEN);
    }
}

#[test]
fn without_arguments_it_listens_on_localhost_8080() {
    let hint = "no argument means localhost and port 8080";
    let _turn = grader::turn("port-8080");
    if !grader::can_bind(|| occupy("127.0.0.1", 8080)) {
        // Somebody else has the port: then the error has to name it.
        let refused = submission().address([]).run().or_hint(hint);
        let reason = "cannot listen on localhost:8080";
        refused.expect_stderr(reason, |text| text.contains(reason)).or_hint(hint);
        return;
    }
    let server = submission().address([]).start();
    let detail = format!("expected port 8080, and it listens on {}", server.address());
    server.check(server.address().port() == 8080, Verdict::WrongOutput, &detail).or_hint(hint);
    greet(&server, hint);
}

/// It exists because a port that is ignored shows here alone when no other criterion names one.
#[test]
fn one_argument_is_the_port() {
    let hint = "bind the port that was asked for, not one of your own";
    let port = grader::free_port();
    let server = submission().address([port.to_string().as_str()]).start();
    let detail = format!("expected port {port}, and it listens on {}", server.address());
    server.check(server.address().port() == port, Verdict::WrongOutput, &detail).or_hint(hint);
    greet(&server, hint);
}

#[test]
fn two_arguments_are_host_and_port() {
    let server = submission().address(["127.0.0.1", "0"]).start();
    greet(&server, "listen on the host that was asked for, and name it in the first line");
}

/// On Linux all of 127.0.0.0/8 is this machine, so 127.0.0.2 shows what a neighbour on the network would find.
#[cfg(target_os = "linux")]
#[test]
fn it_listens_on_the_host_alone() {
    let server = submission().start();
    greet(&server, "listen on localhost");
    let port = server.address().port();
    let free = grader::can_bind(|| occupy("127.0.0.2", port));
    let detail = format!("localhost was asked for, and it has port {port} of 127.0.0.2 as well");
    server
        .check(free, Verdict::WrongOutput, &detail)
        .or_hint("bind the host that was asked for, not 0.0.0.0");
}

#[test]
fn ipv6_works() {
    if !grader::can_bind(|| UdpSocket::bind((Ipv6Addr::LOCALHOST, 0))) {
        println!("this machine has no IPv6: nothing to grade");
        return;
    }
    let server = submission().address(["::1", "0"]).start();
    greet(&server, "bind what the address resolves to; don't put host and port together yourself");
}

#[test]
fn a_wrong_port_is_refused_with_the_reason() {
    for port in ["abc", "70000", "-1", "80.5", ""] {
        refuses(&[port]);
    }
}

#[test]
fn too_many_arguments_are_refused() {
    refuses(&["localhost", "127.0.0.1", "8080"]);
}

#[test]
fn an_unknown_option_is_refused() {
    refuses(&["0", "--no-such-option"]);
}

/// Reason and usage on standard error, exit code 2, and no panic.
fn refuses(words: &[&str]) {
    let refused = submission().address(words.iter().copied()).run().or_hint(GIVEN);
    refused.expect_code(2).or_hint("a wrong command line is exit code 2");
    refused
        .expect_stderr("the usage, and no panic", |text| text.contains("sage") && !text.contains("panicked"))
        .or_hint(GIVEN);
    refused.expect_stdout("nothing", str::is_empty).or_hint("what is wrong belongs on standard error");
}

#[test]
fn an_address_in_use_is_one_line_of_error() {
    let taken = occupy("127.0.0.1", 0).expect("there is a free port");
    let port = taken.local_addr().expect("it is bound").port();
    fails_to_listen(&["127.0.0.1", &port.to_string()], &format!("127.0.0.1:{port}"));
    fails_to_listen(&[&port.to_string()], &format!("localhost:{port}"));
}

#[test]
fn an_unknown_host_is_one_line_of_error() {
    // RFC 2606: this name never exists.
    fails_to_listen(&["no-such-host.invalid", "0"], "no-such-host.invalid:0");
}

fn fails_to_listen(words: &[&str], address: &str) {
    let hint = "return the error with what you tried: map_err(|error| anyhow!(\"cannot listen on {address}: {error}\"))";
    let failed = submission().address(words.iter().copied()).run().or_hint(hint);
    failed.expect_code(1).or_hint("an address that can't be had is exit code 1");
    let start = format!("Error: cannot listen on {address}: ");
    failed
        .expect_stderr(&format!("{start}... and no panic"), |text| {
            text.starts_with(&start) && !text.contains("panicked")
        })
        .or_hint(hint);
    failed
        .expect_stderr("one line", |text| text.trim_end().lines().count() == 1)
        .or_hint("one line says it; {error:?} prints more");
}
