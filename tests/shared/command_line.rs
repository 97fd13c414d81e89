//! What the command line of every server means, and what the server reports when it is wrong.

use std::net::{Ipv6Addr, UdpSocket};

use grader::Verdict;

use crate::{greet, occupy, submission};

const GIVEN: &str = "`Args` of the crate `support` knows what a command line looks like, and reports what is wrong with it. \
                     Take every option from it, and the address last";

#[test]
fn help_explains_the_command_line_with_an_example() {
    let help = submission()
        .address([])
        .options(["--help"])
        .run()
        .or_hint("With --help the server didn't end. Print the help and nothing else");
    help.expect_code(0).or_hint("To ask for help isn't an error: exit code 0");
    for word in ["usage", "host", "port", "example"] {
        help.expect_stdout(&format!("the word {word:?}"), |text| text.to_lowercase().contains(word))
            .or_hint(GIVEN);
    }
}

/// All other tests take the port from a line that is nearly right, too.
#[test]
fn the_first_line_is_as_the_task_shows_it() {
    let hint = "The first line on standard output isn't exactly the one that the task shows: the host as it was asked for, \
                the port that was really bound, three dots, and nothing else. Print nothing before it";
    let mut hosts = vec![(&["0"][..], "localhost"), (&["127.0.0.1", "0"], "127.0.0.1")];
    if has_ipv6() {
        hosts.push((&["::1", "0"], "[::1]"));
    }
    for (words, host) in hosts {
        let server = submission().address(words.iter().copied()).start();
        let expected = format!("Server listening on {host}:{}...", server.address().port());
        let first = server.stdout().lines().into_iter().next().unwrap_or_default();
        let detail = format!("expected {expected:?}\nprinted  {first:?}");
        server.check(first == expected, Verdict::WrongOutput, &detail).or_hint(hint);
    }
}

#[test]
fn without_arguments_it_listens_on_localhost_8080() {
    let hint = "With no argument the server isn't at localhost, port 8080, which is what no argument means";
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
    let hint =
        "The server has another port than the one on its command line. Bind the port that is asked for";
    let port = grader::free_port();
    let server = submission().address([port.to_string().as_str()]).start();
    let detail = format!("expected port {port}, and it listens on {}", server.address());
    server.check(server.address().port() == port, Verdict::WrongOutput, &detail).or_hint(hint);
    greet(&server, hint);
}

#[test]
fn two_arguments_are_host_and_port() {
    let server = submission().address(["127.0.0.1", "0"]).start();
    greet(&server, "A client of the host on the command line isn't served. Listen on that host");
}

/// On Linux all of 127.0.0.0/8 is this machine, so 127.0.0.2 shows what a neighbour on the network would find.
#[cfg(target_os = "linux")]
#[test]
fn it_listens_on_the_host_alone() {
    let server = submission().start();
    greet(&server, "A client of 127.0.0.1 isn't served, which is what localhost means first");
    let port = server.address().port();
    let free = grader::can_bind(|| occupy("127.0.0.2", port));
    let detail = format!("localhost was asked for, and it has port {port} of 127.0.0.2 as well");
    server.check(free, Verdict::WrongOutput, &detail).or_hint(
        "The server also listens on an address that it wasn't asked for. Bind the host itself, not 0.0.0.0",
    );
}

#[test]
fn ipv6_works() {
    if !has_ipv6() {
        println!("this machine has no IPv6: nothing to test");
        return;
    }
    let server = submission().address(["::1", "0"]).start();
    greet(
        &server,
        "A client of ::1 isn't served. An IPv6 address contains colons, so a host and a port can't just be joined by \
         another one: let a function of the library resolve them",
    );
}

fn has_ipv6() -> bool {
    grader::can_bind(|| UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)))
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
    refused.expect_code(2).or_hint("A wrong command line ends the program with exit code 2");
    refused
        .expect_stderr("the usage, and no panic", |text| text.contains("sage") && !text.contains("panicked"))
        .or_hint(GIVEN);
    refused.expect_stdout("nothing", str::is_empty).or_hint("What is wrong belongs on standard error alone");
}

#[test]
fn an_address_in_use_is_one_line_of_error() {
    let taken = occupy("127.0.0.1", 0).expect("there is a free port");
    let port = taken.local_addr().expect("it is bound").port();
    fails_to_listen(&["127.0.0.1", &port.to_string()], &format!("127.0.0.1:{port}"));
    fails_to_listen(&[&port.to_string()], &format!("localhost:{port}"));
}

/// Two sockets can share a port if both ask for it: only a copy of the server shows whether it does.
#[test]
fn a_second_copy_on_the_same_port_is_refused() {
    let port = grader::free_port().to_string();
    let first = submission().address([port.as_str()]).start();
    fails_to_listen(&[&port], &format!("localhost:{port}"));
    greet(&first, "The first copy serves nobody any more after a second one was started on its port");
}

#[test]
fn an_unknown_host_is_one_line_of_error() {
    // RFC 2606: this name never exists.
    fails_to_listen(&["no-such-host.invalid", "0"], "no-such-host.invalid:0");
}

fn fails_to_listen(words: &[&str], address: &str) {
    let hint = "The server can't have this address, and that has to be reported in one line: what was tried, and the reason \
                that the operating system gives. A port is never shared, so set no option that allows it; return the error \
                from main, and don't unwrap it";
    let failed = submission().address(words.iter().copied()).run().or_hint(hint);
    failed.expect_code(1).or_hint("An address that can't be bound ends the program with exit code 1");
    let start = format!("Error: cannot listen on {address}: ");
    failed
        .expect_stderr(&format!("{start}... and no panic"), |text| {
            text.starts_with(&start) && !text.contains("panicked")
        })
        .or_hint(hint);
    failed
        .expect_stderr("one line", |text| text.trim_end().lines().count() == 1)
        .or_hint("The error takes more than one line. Print its message, not its debug form");
}
