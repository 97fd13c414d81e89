//! The criteria of step 07: those of step 03 about the protocol, with a rate that nobody reaches, and the limit. It is a
//! matter of time: what is asked for is right however busy this machine is, and some is asked for again if it was too busy.

use std::thread;
use std::time::{Duration, Instant};

use grader::{Client, Server, Submission, Verdict, patience};

grader::step!("07_bonus_rate_limit", |submission| submission.options(["--rate", "1000000"]));

#[path = "shared/command_line.rs"]
mod command_line;
#[path = "shared/commands.rs"]
mod commands;
#[path = "shared/log.rs"]
mod log;
#[path = "shared/messages.rs"]
mod messages;
#[cfg(unix)]
#[path = "shared/shutdown.rs"]
mod shutdown;
#[path = "shared/tcp.rs"]
mod tcp;

/// With a limit that can be reached.
mod limit {
    grader::step!("07_bonus_rate_limit");

    pub fn of(rate: &str) -> grader::Submission {
        submission().options(["--rate", rate])
    }

    pub fn unless_told() -> grader::Submission {
        submission()
    }
}

use tcp::{greet, occupy};

const EXCEEDED: &str = "Rate limit exceeded";
const BUCKET: &str = "a token bucket: it holds as many tokens as the rate, at least 1, is full at the start, and fills up again \
                      at the rate; each message takes one";

/// For criteria that send so much that its log would only take time.
fn quiet() -> Submission {
    submission().variable("RUST_LOG", "warn")
}

/// Sends `count` messages at once, and tells how many of them were echoed; the others are refused.
fn burst(server: &Server, client: &mut Client, count: usize) -> usize {
    client.send("m\n".repeat(count));
    let answers: Vec<String> = (0..count)
        .map(|_| client.expect_line().or_hint("answer each message, also one that is refused"))
        .collect();
    let wrong = answers.iter().find(|answer| *answer != "m" && *answer != EXCEEDED);
    let detail = format!("expected \"m\" or {EXCEEDED:?}");
    server.expect_none(wrong, Verdict::WrongBytes, &detail).or_hint("a message is echoed or refused");
    answers.iter().filter(|answer| *answer == "m").count()
}

/// Checks that no more than a bucket's fill, and what came back since `start`, was echoed.
fn at_most(server: &Server, echoed: usize, rate: f64, start: Instant) {
    let time = start.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss)] // they are few
    let count = echoed as f64;
    let most = rate.max(1.0) + rate * time;
    let detail = format!("{echoed} messages were echoed in {time:.2} s, and at most {most:.1} were to be");
    server.check(count <= most, Verdict::OutOfBounds, &detail).or_hint(BUCKET);
}

/// Checks that at least `least` were.
fn at_least(server: &Server, echoed: usize, least: usize) {
    let detail = format!("{echoed} messages were echoed, and at least {least} were to be");
    server.check(echoed >= least, Verdict::OutOfBounds, &detail).or_hint(BUCKET);
}

#[test]
fn a_burst_gets_through_as_far_as_there_are_tokens() {
    for (rate, tokens) in [("20", 20), ("5", 5), ("2.5", 2), ("0.5", 1)] {
        let server = limit::of(rate).start();
        let mut client = server.connect("client");
        let start = Instant::now();
        let echoed = burst(&server, &mut client, 50);
        at_least(&server, echoed, tokens);
        at_most(&server, echoed, rate.parse().expect("it is a number"), start);
    }
}

#[test]
fn five_a_second_unless_told() {
    let server = limit::unless_told().start();
    let mut client = server.connect("client");
    let start = Instant::now();
    let echoed = burst(&server, &mut client, 50);
    at_least(&server, echoed, 5);
    at_most(&server, echoed, 5.0, start);
}

#[test]
fn tokens_come_back_one_by_one() {
    let server = limit::of("5").start();
    let mut client = server.connect("client");
    burst(&server, &mut client, 10);
    for _ in 0..2 {
        // The server has counted before it answered, and counts again after it is asked: at least this much later.
        thread::sleep(Duration::from_millis(300));
        client.send("again\n");
        client.expect("again\n").or_hint("after 0.2 s there is a token again, at 5 a second");
    }
}

#[test]
fn a_pause_saves_no_more_than_the_bucket_holds() {
    let server = limit::of("4").start();
    let mut client = server.connect("client");
    burst(&server, &mut client, 10);
    thread::sleep(Duration::from_millis(2200));
    let start = Instant::now();
    let echoed = burst(&server, &mut client, 50);
    at_least(&server, echoed, 4);
    at_most(&server, echoed, 4.0, start);
}

/// It exists because a counter that begins anew each second looks right from a second's distance.
#[test]
fn no_moment_lets_two_bursts_through() {
    let server = limit::of("5").start();
    let mut client = server.connect("client");
    client.send("first\n");
    client.expect("first\n").or_hint("echo what is within the limit");
    thread::sleep(Duration::from_millis(800));
    let start = Instant::now();
    let mut echoed = 0;
    while start.elapsed() < Duration::from_millis(400) {
        echoed += burst(&server, &mut client, 20);
        thread::sleep(Duration::from_millis(20));
    }
    at_most(&server, echoed, 5.0, start);
}

#[test]
fn other_clients_do_not_notice() {
    let hint = "each client has a bucket of its own";
    let server = limit::of("1").start();
    let mut flooder = server.connect("flooder");
    burst(&server, &mut flooder, 100);
    let mut others: Vec<Client> = (0..5).map(|number| server.connect(&format!("other {number}"))).collect();
    for other in &mut others {
        other.send("Hello\n");
        other.expect("Hello\n").or_hint(hint);
    }
}

#[test]
fn the_client_stays_connected_and_is_served_again() {
    let server = limit::of("2").start();
    let mut client = server.connect("client");
    burst(&server, &mut client, 20);
    let goes_on = patience::eventually(|| burst(&server, &mut client, 1) == 1);
    server
        .check(goes_on, Verdict::Silent, "no message is echoed any more")
        .or_hint("a message over the limit takes no token, and costs nothing but itself");
}

#[test]
fn what_is_refused_is_not_counted() {
    let server = limit::of("10").start();
    let mut client = server.connect("client");
    let echoed = burst(&server, &mut client, 50);
    let mut other = server.connect("other");
    other.send("STATS\n");
    other
        .expect(format!("Messages received: {echoed}\n"))
        .or_hint("only the responder inside counts: don't call it for a message that is refused");
}

#[test]
fn commands_take_a_token_too() {
    let server = limit::of("0.2").start();
    for command in ["TIME\n", "STATS\n"] {
        once_in_time(&server, |client| {
            client.send(command);
            client.expect_line().or_hint("answer the command");
            client.send("m\n");
            client.expect(format!("{EXCEEDED}\n"))
        });
        once_in_time(&server, |client| {
            client.send("m\n");
            client.expect("m\n").or_hint("the first message is within any limit");
            client.send(command);
            client.expect(format!("{EXCEEDED}\n"))
        });
    }
}

/// Does something with a new client whose only token is not to come back meanwhile, which takes 5 s: again if that was too
/// short for a busy machine.
fn once_in_time(server: &Server, attempt: impl Fn(&mut Client) -> grader::Check) {
    for _ in 0..10 {
        let mut client = server.connect("client");
        let start = Instant::now();
        let check = attempt(&mut client);
        if check.is_met() || start.elapsed() < Duration::from_secs(5) {
            check.or_hint("every message takes a token, commands too; only QUIT and EXIT don't");
            return;
        }
    }
    panic!("this machine is too busy to grade the rate limit: five lines took 5 seconds, ten times");
}

#[test]
fn quit_always_works() {
    let server = limit::of("0.2").start();
    for command in ["QUIT\n", "exit\n"] {
        let mut client = server.connect("client");
        burst(&server, &mut client, 3);
        client.send(command);
        client.expect("Goodbye!\n").or_hint("QUIT and EXIT need no token");
        client.expect_end().or_hint("close the connection after Goodbye!");
    }
}

#[test]
fn a_wrong_rate_is_refused() {
    let hint = "the rate is a decimal number above 0: take it with args.value()";
    for wrong in ["0", "-1", "many", "nan", "inf", ""] {
        let refused = limit::unless_told().options(["--rate", wrong]).run().or_hint(hint);
        refused.expect_code(2).or_hint(hint);
        refused.expect_stderr("the usage", |text| text.contains("sage")).or_hint(hint);
    }
}
