//! Criteria of a client that finds its server, or doesn't.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use grader::{Finished, Peer};

use crate::submission;

const GIVE_UP: &str = "The client can't connect, and doesn't report that as the task shows it: what it tried and the reason that the \
                       operating system gives, a question on the next line, and exit code 1";

const QUESTION: &str = "Is the server running?";

#[test]
fn nobody_listening_is_said() {
    let port = grader::free_port().to_string();
    for mode in ["interactive", "test"] {
        let refused = submission().address(["127.0.0.1", port.as_str(), mode]).run().or_hint(GIVE_UP);
        cannot_connect(&refused, &format!("127.0.0.1:{port}"));
        refused
            .expect_stderr("\"Connection refused\"", |text| text.contains("efused"))
            .or_hint("The reason that the operating system gives is missing from the line");
    }
}

/// It exists because looking up a host fails before anything else can, and in another call. Whether a server runs that has no
/// address is no question.
#[test]
fn an_unknown_host_is_said() {
    // RFC 2606: this name never exists.
    let unknown = submission().address(["no-such-host.invalid", "8081"]).run().or_hint(GIVE_UP);
    fails_in_lines(&unknown, "no-such-host.invalid:8081", &[&[], &[QUESTION]]);
}

/// Two lines on standard error, exit code 1.
fn cannot_connect(failed: &Finished, address: &str) {
    fails_in_lines(failed, address, &[&[QUESTION]]);
}

/// The error, and one of these `ends` behind it.
fn fails_in_lines(failed: &Finished, address: &str, ends: &[&[&str]]) {
    failed.expect_code(1).or_hint(GIVE_UP);
    let start = format!("Error: cannot connect to {address}: ");
    failed
        .expect_stderr(&format!("{start}... and on the next line {QUESTION:?}"), |text| {
            let lines: Vec<&str> = text.lines().collect();
            lines.first().is_some_and(|line| line.starts_with(&start)) && ends.contains(&&lines[1..])
        })
        .or_hint(GIVE_UP);
}

/// `localhost` may be 127.0.0.1 and an IPv6 address, in either order, and a server may listen on only one of them.
/// It exists because not all machines have both, so on some no mistake shows.
#[test]
fn every_address_of_the_host_is_tried() {
    let hint = "A server on one of the addresses of localhost wasn't found. A host may have several: try the next when one fails";
    for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let is_localhost = |found: SocketAddr| found.ip() == ip;
        // Not every machine has an address of IPv6, or calls it localhost.
        if !("localhost", 0).to_socket_addrs().is_ok_and(|mut found| found.any(is_localhost)) {
            continue;
        }
        // A port that nobody has, also at the other address.
        let port = grader::free_port();
        let Ok(peer) = Peer::on((ip, port).into()) else { continue };
        let client = submission().address(["localhost", port.to_string().as_str(), "test"]).start_client();
        let mut server = peer.accept(&client);
        server.expect("Hello").or_hint(hint);
    }
}

/// Elsewhere a full backlog refuses, and there is no address at hand that never answers.
#[cfg(target_os = "linux")]
mod no_answer {
    use std::thread;
    use std::time::{Duration, Instant};

    use grader::{Verdict, patience};

    use super::{GIVE_UP, IpAddr, Ipv4Addr, Ipv6Addr, Peer, QUESTION, SocketAddr, ToSocketAddrs, submission};

    const HINT: &str = "The client didn't give up after 5 seconds. The operating system tries for two minutes, so set a time limit; of \
                        several addresses each has a share of it";

    #[test]
    fn it_gives_up_after_five_seconds() {
        gives_up("127.0.0.1", &[Ipv4Addr::LOCALHOST.into()]);
    }

    /// A host may have several addresses. Not every machine has two for localhost.
    #[test]
    fn it_gives_up_after_five_seconds_whatever_the_number_of_addresses() {
        let both: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let is_localhost = |ip| {
            ("localhost", 0)
                .to_socket_addrs()
                .is_ok_and(|mut found| found.any(|found: SocketAddr| found.ip() == ip))
        };
        if !both.into_iter().all(is_localhost) {
            println!("localhost has one address here: nothing to test");
            return;
        }
        gives_up("localhost", &both);
    }

    /// On a busy machine it may take longer once.
    fn gives_up(host: &str, addresses: &[IpAddr]) {
        const TRIES: usize = 2;
        const SOON: Duration = Duration::from_millis(8500);
        let port = grader::free_port();
        let peers = addresses.iter().map(|ip| Peer::never_accepts((*ip, port).into()));
        let peers: Vec<Peer> = peers.collect::<Result<_, _>>().expect("the port is free");
        for attempt in 1..=TRIES {
            let start = Instant::now();
            let client = submission().address([host, port.to_string().as_str(), "test"]).start_client();
            thread::sleep(Duration::from_secs(3));
            let waits = "expected it to wait about 5 seconds, and it has ended before";
            client.check(!client.has_ended(), Verdict::Exited, waits).or_hint(HINT);
            let ends = patience::eventually_within(Duration::from_secs(9), || client.has_ended());
            let took = start.elapsed();
            let detail = format!("{took:.0?} after its start it still tries");
            client.check(ends, Verdict::Late, &detail).or_hint(HINT);
            client.expect_exit(1).or_hint(GIVE_UP);
            client.stderr().expect_line(QUESTION).or_hint(GIVE_UP);
            if took < SOON {
                break;
            }
            let detail = format!("it tried for {took:.1?}");
            client.check(attempt < TRIES, Verdict::Late, &detail).or_hint(HINT);
        }
        drop(peers);
    }
}
