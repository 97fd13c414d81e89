//! What the reference does beyond the contract.

grader::step!("06_bonus_auth", |submission| submission.variable("ECHO_PASSWORD", "swordfish"));

#[test]
fn a_time_that_is_over_before_the_first_read_is_over() {
    let server = submission().options(["--auth-timeout", "0.000000001"]).start();
    let mut client = server.connect("client");
    client.expect_end().or_hint("a timeout of 0 is no timeout for a socket: don't begin to read");
    let told = format!("Client {} did not authenticate in time", client.address());
    server.stderr().expect_after(0, &told, |line| line.ends_with(&told)).or_hint("tell the reason");
}

#[test]
fn who_is_idle_before_the_deadline_is_told_to_be_idle() {
    let server = submission().options(["--idle-timeout", "0.2", "--auth-timeout", "60"]).start();
    let mut client = server.connect("client");
    client.expect_end().or_hint("the idle timeout holds before the deadline, too");
    let told = format!("Client {} reached the idle timeout of 200ms", client.address());
    server
        .stderr()
        .expect_after(0, &told, |line| line.ends_with(&told))
        .or_hint("tell the reason that holds");
}
