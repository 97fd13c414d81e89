//! Criteria of a client that finds its server, or doesn't.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use grader::{Finished, Peer};

use crate::submission;

const GIVE_UP: &str =
    "say \"Error: cannot connect to HOST:PORT: \" and the system's reason, and end with exit code 1";

#[test]
fn nobody_listening_is_said() {
    let port = grader::free_port().to_string();
    for mode in ["interactive", "test"] {
        let refused = submission().address(["127.0.0.1", port.as_str(), mode]).run().or_hint(GIVE_UP);
        cannot_connect(&refused, &format!("127.0.0.1:{port}"));
        refused
            .expect_stderr("\"Connection refused\"", |text| text.contains("efused"))
            .or_hint("the system's reason belongs into the line");
    }
}

/// It exists because looking up a host fails before anything else can, and in another call.
#[test]
fn an_unknown_host_is_said() {
    // RFC 2606: this name never exists.
    let unknown = submission().address(["no-such-host.invalid", "8081"]).run().or_hint(GIVE_UP);
    cannot_connect(&unknown, "no-such-host.invalid:8081");
}

/// Two lines on standard error, exit code 1.
fn cannot_connect(failed: &Finished, address: &str) {
    failed.expect_code(1).or_hint(GIVE_UP);
    let start = format!("Error: cannot connect to {address}: ");
    failed
        .expect_stderr(&format!("{start}... and on the next line \"Is the server running?\""), |text| {
            let mut lines = text.lines();
            lines.next().is_some_and(|line| line.starts_with(&start))
                && lines.next() == Some("Is the server running?")
                && lines.next().is_none()
        })
        .or_hint(GIVE_UP);
}

/// `localhost` may be 127.0.0.1 and an IPv6 address, in either order, and a server may listen on only one of them.
/// It exists because not all machines have both, so on some no mistake shows.
#[test]
fn every_address_of_the_host_is_tried() {
    let hint = "to_socket_addrs() may give several addresses: try the next when one fails";
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
#[test]
fn it_gives_up_after_five_seconds() {
    use grader::{Verdict, patience};
    use std::time::{Duration, Instant};

    let hint = "TcpStream::connect_timeout(): without it the system tries for two minutes";
    let peer = Peer::never_accepts();
    let start = Instant::now();
    let client = submission().to(peer.address()).options(["test"]).start_client();
    let waits = "expected it to wait about 5 seconds, and it has ended before";
    std::thread::sleep(Duration::from_secs(3));
    client.check(!client.has_ended(), Verdict::Exited, waits).or_hint(hint);
    // A busy machine may take its time.
    let ends = patience::eventually_within(Duration::from_secs(27), || client.has_ended());
    let detail = format!("{:.0?} after its start it still tries", start.elapsed());
    client.check(ends, Verdict::Late, &detail).or_hint(hint);
    client.expect_exit(1).or_hint(GIVE_UP);
    client.stderr().expect_line("Is the server running?").or_hint(GIVE_UP);
}
