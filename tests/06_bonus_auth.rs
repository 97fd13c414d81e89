//! The tests of step 06: without the password there is no echo, and nobody learns it from the server.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, io, process, thread};

use grader::{Client, Finished, Server, Submission, Verdict, patience};

grader::step!("06_bonus_auth", |submission| submission.variable("ECHO_PASSWORD", "swordfish"));

#[path = "shared/command_line.rs"]
mod command_line;

const REQUIRED: &str = "A message before AUTH has succeeded got another answer than \"Authentication required\", which is for everything but QUIT and EXIT";
const EXACTLY: &str = "A guess got another answer than it should. The password is everything that follows AUTH, byte by byte, except the whitespace at both ends";
const THREE: &str = "Wrong passwords got other answers than they should. The third of a connection gets \"Goodbye!\" alone, and ends it";
const DEADLINE: &str = "A client that didn't authenticate wasn't disconnected when its time was over, or too early. deadline() says when that is, until the client is authenticated";

/// Connects a new client, authenticates it, and has a message of its echoed.
fn greet(server: &Server, hint: &str) {
    let mut client = server.connect("new client");
    client.send("AUTH swordfish\n");
    client.expect("Authenticated\n").or_hint(hint);
    client.send("Hello\n");
    client.expect("Hello\n").or_hint(hint);
}

/// Takes a port of the host, so that the server can't have it; 0 for any.
fn occupy(host: &str, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((host, port))
}

/// A client that has told the password.
fn authenticated(server: &Server, name: &str) -> Client {
    let mut client = server.connect(name);
    client.send("AUTH swordfish\n");
    client.expect("Authenticated\n").or_hint("compare what follows AUTH with the password");
    client
}

/// A client that has told wrong passwords.
fn mistaken(server: &Server, name: &str, times: usize) -> Client {
    let mut client = server.connect(name);
    for _ in 0..times {
        client.send("AUTH tuna\n");
        client.expect("Wrong password\n").or_hint("a connection may tell two wrong passwords");
    }
    client
}

#[test]
fn without_the_password_nothing_is_echoed_or_told() {
    let server = submission().start();
    let mut client = server.connect("stranger");
    for message in
        ["Hello\n", "STATS\n", "time\r\n", "\n", "swordfish\n", "say AUTH swordfish\n", "AUTHswordfish\n"]
    {
        client.send(message);
        client.expect("Authentication required\n").or_hint(REQUIRED);
    }
    client.send(b"\xff\xfe without a newline");
    client.expect("Authentication required\n").or_hint(REQUIRED);
}

#[test]
fn quit_and_exit_work_without_the_password() {
    let hint = "who wants to leave may: QUIT and EXIT need no password";
    let server = submission().start();
    for command in ["QUIT\n", "exit\r\n", " Quit \n", "EXIT"] {
        let mut client = server.connect("stranger");
        client.send(command);
        client.expect("Goodbye!\n").or_hint(hint);
        client.expect_end().or_hint(hint);
    }
}

#[test]
fn auth_is_a_command_like_any_other() {
    let hint =
        "message.argument(\"AUTH\") is what follows it, in any letter case, without white space around";
    let server = submission().start();
    for command in [
        "AUTH swordfish\n",
        "auth swordfish\r\n",
        "  Auth \t swordfish  \n",
        "AUTH\tswordfish\n",
        "AUTH swordfish",
    ] {
        let mut client = server.connect("client");
        client.send(command);
        client.expect("Authenticated\n").or_hint(hint);
        client.send("Hello");
        client.expect("Hello").or_hint("once authenticated, a client is served as in step 03");
    }
}

#[test]
fn auth_may_come_in_pieces() {
    let hint =
        "a terminal may send each key: message.argument() looks at the line that a message completes, too";
    let server = submission().start();
    let mut client = server.connect("typist");
    for piece in ["A", "U", "TH sword"] {
        client.send(piece);
        client.expect("Authentication required\n").or_hint(REQUIRED);
    }
    client.send("fish\n");
    client.expect("Authenticated\n").or_hint(hint);
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("once authenticated, a client is served as in step 03");
}

#[test]
fn nearly_the_password_is_wrong() {
    let server = submission().start();
    for told in [
        &b"swordfis"[..],
        b"s",
        b"swordfishes",
        b"swordfish swordfish",
        b"swordfish x",
        b"a swordfish",
        b"SWORDFISH",
        b"Swordfish",
        b"swordfisi",
        b"tuna",
        b"swordfish\0",
        b"\xff\xfe",
    ] {
        let mut client = server.connect("guesser");
        client.send([b"AUTH ", told, b"\n"].concat());
        client.expect("Wrong password\n").or_hint(EXACTLY);
        client.send("Hello\n");
        client.expect("Authentication required\n").or_hint("a wrong password opens nothing");
    }
}

/// A comparison that takes longer for each right character tells the password, character by character. What a network adds to a
/// time is never negative, so the shortest of many is close to what the server took, however busy the machine is.
#[test]
fn a_guess_that_begins_right_takes_no_longer() {
    const LEAST: usize = 20;
    const MOST: usize = 100;
    const MUCH: Duration = Duration::from_millis(2);
    let guesses = ["xxxxxxxxx", "swordfisx"];
    let server = submission().variable("RUST_LOG", "warn").start();
    let mut shortest = guesses.map(|_| Duration::MAX);
    let difference = |[wrong, nearly]: [Duration; 2]| wrong.abs_diff(nearly);
    for round in 0..MOST {
        let mut client = server.connect("guesser");
        for (guess, shortest) in guesses.iter().zip(&mut shortest) {
            let start = Instant::now();
            client.send(format!("AUTH {guess}\n"));
            client.expect("Wrong password\n").or_hint(EXACTLY);
            *shortest = start.elapsed().min(*shortest);
        }
        if round >= LEAST && difference(shortest) < MUCH {
            return;
        }
    }
    let detail = format!(
        "at best {:.1?} for a guess that is all wrong, and {:.1?} for one that begins right",
        shortest[0], shortest[1]
    );
    server.check(false, Verdict::Late, &detail).or_hint(
        "A wrong password takes longer, or less long, if its beginning is right. A comparison that ends at the first difference \
         tells how much of a guess is right: compare all of it, in any case",
    );
}

#[test]
fn a_password_may_have_blanks_inside() {
    let server = submission().variable("ECHO_PASSWORD", "correct  horse bättery").start();
    for told in ["correct", "correct  horse", "correct horse bättery", "correcthorsebättery"] {
        let mut client = server.connect("guesser");
        client.send(format!("AUTH {told}\n"));
        client.expect("Wrong password\n").or_hint(EXACTLY);
        client.send("AUTH correct  horse bättery\n");
        client.expect("Authenticated\n").or_hint(EXACTLY);
    }
}

#[test]
fn white_space_around_the_password_is_no_part_of_it() {
    let server = submission().variable("ECHO_PASSWORD", " \tswordfish  ").start();
    greet(&server, "white space at both ends counts neither where the password is told nor where it is set");
}

#[test]
fn the_third_wrong_password_ends_the_connection() {
    let server = submission().start();
    let mut client = server.connect("guesser");
    for told in ["tuna", "cod"] {
        client.send(format!("AUTH {told}\n"));
        client.expect("Wrong password\n").or_hint(THREE);
        client.send("Hello\n");
        client.expect("Authentication required\n").or_hint(REQUIRED);
    }
    client.send("AUTH tuna\n");
    client.expect("Goodbye!\n").or_hint(THREE);
    client.expect_end().or_hint(THREE);
    greet(&server, "it ends that connection alone");
}

#[test]
fn after_two_wrong_passwords_the_right_one_counts() {
    let server = submission().start();
    let mut client = mistaken(&server, "forgetful", 2);
    client.send("AUTH swordfish\n");
    client.expect("Authenticated\n").or_hint("a connection has three tries: the third may be the right one");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("once authenticated, a client is served as in step 03");
}

#[test]
fn nothing_is_read_after_the_third_wrong_password() {
    let server = submission().start();
    let mut client = server.connect("guesser");
    client.send("AUTH a\nAUTH b\nAUTH c\nAUTH swordfish\nHello\n");
    client.expect("Wrong password\nWrong password\nGoodbye!\n").or_hint(THREE);
    client.expect_end().or_hint("what follows in the same read has no answer");
}

#[test]
fn wrong_passwords_count_for_each_connection() {
    let hint = "count the wrong passwords of a connection in its own responder, not those of all";
    let server = submission().start();
    let _others: Vec<Client> =
        (0..8).map(|number| mistaken(&server, &format!("guesser {number}"), 2)).collect();
    let mut client = server.connect("client");
    for (message, reply) in [("AUTH tuna\n", "Wrong password\n"), ("AUTH swordfish\n", "Authenticated\n")] {
        client.send(message);
        client.expect(reply).or_hint(hint);
    }
}

#[test]
fn a_password_opens_one_connection_only() {
    let hint = "authenticated is a connection, not the server, nor an address";
    let server = submission().start();
    let mut before = server.connect("before");
    before.send("Hello\n");
    before.expect("Authentication required\n").or_hint(REQUIRED);
    let _authenticated = authenticated(&server, "client");
    let mut after = server.connect("after");
    for stranger in [&mut before, &mut after] {
        stranger.send("Hello\n");
        stranger.expect("Authentication required\n").or_hint(hint);
    }
}

#[test]
fn auth_after_success_changes_nothing() {
    let hint = "once authenticated, AUTH is answered \"Already authenticated\", whatever follows it";
    let server = submission().start();
    let mut client = authenticated(&server, "client");
    for told in ["swordfish", "tuna", "cod", "tuna", "cod", "swordfish"] {
        client.send(format!("AUTH {told}\n"));
        client.expect("Already authenticated\n").or_hint(hint);
    }
    client.send("Hello\nSTATS\n");
    client.expect("Hello\nMessages received: 1\n").or_hint(hint);
}

#[test]
fn stats_counts_nothing_that_was_refused() {
    let hint = "pass on to the inner responder only what it is to answer: it counts";
    let server = submission().start();
    let mut stranger = mistaken(&server, "stranger", 2);
    for _ in 0..3 {
        stranger.send("Hello\n");
        stranger.expect("Authentication required\n").or_hint(REQUIRED);
    }
    let mut client = authenticated(&server, "client");
    client.send("STATS\nHello\nSTATS\n");
    client.expect("Messages received: 0\nHello\nMessages received: 1\n").or_hint(hint);
}

#[test]
fn auth_may_be_pipelined() {
    let hint =
        "one read may hold several messages: what follows AUTH in it is already answered as authenticated";
    let server = submission().start();
    let mut client = server.connect("hasty");
    client.send("Hello\nAUTH tuna\nAUTH swordfish\nHello\nQUIT\n");
    let replies = "Authentication required\nWrong password\nAuthenticated\nHello\nGoodbye!\n";
    client.expect(replies).or_hint(hint);
    client.expect_end().or_hint("close the connection after Goodbye!");
}

#[test]
fn the_prefix_stands_before_echoes_alone() {
    let server = submission().options(["--prefix", "> "]).start();
    let mut client = server.connect("client");
    for (message, reply) in [
        ("Hello\n", "Authentication required\n"),
        ("AUTH tuna\n", "Wrong password\n"),
        ("AUTH swordfish\n", "Authenticated\n"),
        ("Hello\n", "> Hello\n"),
        ("AUTH swordfish\n", "Already authenticated\n"),
    ] {
        client.send(message);
        client
            .expect(reply)
            .or_hint("the prefix is for what is echoed; replies to AUTH are the server's own");
    }
}

#[test]
fn the_password_may_come_from_a_file() {
    let hint = "read the file, and leave out the line ending at its end, be it \\n or \\r\\n";
    for text in ["swordfish\n", "swordfish\r\n", "swordfish"] {
        let file = PasswordFile::of(text);
        let server = file.given_to(submission().without_variable("ECHO_PASSWORD")).start();
        greet(&server, hint);
    }
}

#[test]
fn the_file_takes_precedence_over_the_variable() {
    let hint = "with --password-file, ECHO_PASSWORD is not looked at";
    let file = PasswordFile::of("swordfish");
    let server = file.given_to(submission().variable("ECHO_PASSWORD", "tuna")).start();
    mistaken(&server, "client with the variable's", 1);
    greet(&server, hint);
}

#[test]
fn without_a_password_it_does_not_start() {
    let hint = "an ECHO_PASSWORD that is missing, or holds nothing, is a mistake: say so, with the usage, exit code 2";
    for submission in [
        submission().without_variable("ECHO_PASSWORD"),
        submission().variable("ECHO_PASSWORD", ""),
        submission().variable("ECHO_PASSWORD", " \t "),
    ] {
        refused(&submission.run().or_hint(hint), hint);
    }
}

/// The variable is set, and nevertheless not asked.
#[test]
fn without_a_password_in_the_file_it_does_not_start() {
    let hint = "a password file that is empty, or can't be read, is a mistake, also if ECHO_PASSWORD is set";
    for text in ["", "\n", "\r\n", "  \n"] {
        let file = PasswordFile::of(text);
        refused(&file.given_to(submission()).run().or_hint(hint), hint);
    }
    let missing = submission().options(["--password-file", "no/such/file"]).run().or_hint(hint);
    refused(&missing, hint);
}

/// On a busy machine one may be late, but not one after another.
#[test]
fn a_silent_client_is_disconnected_when_its_time_is_over() {
    const TRIES: usize = 3;
    let server = submission().options(["--auth-timeout", "1"]).start();
    let mut after = Duration::MAX;
    for _ in 0..TRIES {
        let start = Instant::now();
        let mut silent = server.connect("silent");
        silent.expect_end().or_hint(DEADLINE);
        after = start.elapsed();
        if after < Duration::from_millis(1700) {
            break;
        }
    }
    let detail = format!("disconnected after {after:.1?}, and it has 1 s to authenticate");
    let in_time = (Duration::from_millis(900)..Duration::from_millis(1700)).contains(&after);
    server.check(in_time, Verdict::Closed, &detail).or_hint(DEADLINE);
    greet(&server, "A new client wasn't served after another one's time was over");
}

#[test]
fn a_client_that_talks_on_is_disconnected_too() {
    let server = submission().options(["--auth-timeout", "0.5"]).start();
    let mut talker = server.connect("talker");
    let disconnected = patience::eventually(|| {
        talker.send("Hello\n");
        thread::sleep(Duration::from_millis(50));
        !talker.expect("Authentication required\n").is_met()
    });
    server
        .check(disconnected, Verdict::Late, "it talks and talks, and is still connected")
        .or_hint("the time to authenticate goes on, whatever the client sends: it is no idle timeout");
}

/// It exists because a server that looks at the clock between a read and a write may wait in `write()` for ever.
#[test]
fn a_client_that_reads_nothing_is_disconnected_too() {
    let server = submission().options(["--auth-timeout", "0.5"]).start();
    let mut glutton = server.connect("glutton");
    let closed = format!("Connection with {} closed", glutton.address());
    glutton.flood_with(b"\n".repeat(64 * 1024), 1_000_000);
    // A write may begin just before the time is over; and a thousand small ones take long when nobody takes them.
    let is_closed = || {
        let line = |line: &str| line.ends_with(&closed);
        server.stderr().patiently().expect_after(0, &format!("{closed:?}"), line).is_met()
    };
    let detail = format!("no line on standard error ends with {closed:?}");
    server
        .check((0..3).any(|_| is_closed()), Verdict::WrongOutput, &detail)
        .or_hint("write() waits for a client that reads nothing, and the time goes on meanwhile");
}

#[test]
fn an_authenticated_client_has_all_the_time() {
    const TIMEOUT: Duration = Duration::from_secs(1);
    let server = submission().options(["--auth-timeout", "1"]).start();
    for _ in 0..5 {
        let start = Instant::now();
        let mut client = server.connect("client");
        client.send("AUTH swordfish\n");
        let check = client.expect("Authenticated\n");
        if start.elapsed() > TIMEOUT / 2 {
            continue; // This machine may have been too busy to tell the password in time: try again.
        }
        check.or_hint("compare what follows AUTH with the password");
        thread::sleep(TIMEOUT * 3 / 2);
        client.send("Hello\n");
        client.expect("Hello\n").or_hint("once authenticated, the client has no deadline any more");
        return;
    }
    panic!(
        "none of 5 clients was authenticated within half a second: it, or this machine, is too slow to grade this"
    );
}

/// Some clock can't count that far. To refuse such a number is fine, too.
#[test]
fn a_time_of_a_million_years_to_authenticate_does_no_harm() {
    let hint = "With a huge --auth-timeout the server neither serves nor refuses it. A deadline that is added to now may be more than \
                the type holds: look for a sum or a conversion that panics";
    for long in ["31536000000000", "18446744073709551615", "1e300"] {
        let submission = || submission().options(["--auth-timeout", long]);
        match submission().try_start().into_result() {
            Ok(server) => greet(&server, hint),
            Err(_) => submission().run().or_hint(hint).expect_code(2).or_hint(hint),
        }
    }
}

/// Both count for a client that hasn't authenticated, whichever comes first.
#[test]
fn the_idle_timeout_counts_before_the_password_too() {
    let server = submission().options(["--auth-timeout", "60", "--idle-timeout", "0.5"]).start();
    let mut silent = server.connect("silent");
    silent.expect_end().or_hint(
        "A silent client that hasn't authenticated stayed connected beyond the idle timeout. The time to authenticate is a second \
         limit, and doesn't take the place of the first",
    );
}

#[test]
fn a_wrong_auth_timeout_is_refused() {
    let hint = "the time is a decimal number of seconds above 0: args.seconds() checks that";
    for wrong in ["0", "-1", "soon", ""] {
        refused(&submission().options(["--auth-timeout", wrong]).run().or_hint(hint), hint);
    }
}

#[test]
fn the_help_tells_the_options_and_no_password() {
    let help = submission().address([]).options(["--help"]).run().or_hint("print the help and end");
    for words in ["--password-file", "ECHO_PASSWORD", "--auth-timeout", "10"] {
        help.expect_stdout(&format!("{words:?}"), |text| text.contains(words))
            .or_hint("an option that Args takes is in its help");
    }
    let hint = "the help is the same for all: it doesn't tell what is in ECHO_PASSWORD";
    help.expect_stdout("no password", |text| !text.contains("swordfish")).or_hint(hint);
}

#[test]
fn no_password_is_ever_logged() {
    let server = submission().variable("RUST_LOG", "trace").start();
    // A conversation each: without the command, in pieces, before and after success, wrong ones, without a newline.
    for messages in [
        &["swordfish\n", "barracuda\n", "AUTHswordfish\n", "QUIT\n"][..],
        &["AU", "TH swordfish\n", "QUIT\n"],
        &["AUTH barracuda\n", "AUTH swordfish\n", "AUTH swordfish\n", "AUTH barracuda\n", "QUIT\n"],
        &["AUTH barracuda\n", "AUTH barracuda\n", "AUTH barracuda\n"],
        &["AUTH swordfish", "QUIT"],
    ] {
        let mut client = server.connect("client");
        let closed = format!("Connection with {} closed", client.address());
        for message in messages {
            client.send(message);
            client.expect_line().or_hint("answer each message");
        }
        client.expect_end().or_hint("QUIT and the third wrong password end the connection");
        client.close();
        server
            .stderr()
            .expect_after(0, &format!("{closed:?}"), |line| line.ends_with(&closed))
            .or_hint("log the end of a connection, as in step 03");
    }
    let lines = [server.stdout().lines(), server.stderr().lines()].concat();
    let telling = lines.iter().find(|line| line.contains("swordfish") || line.contains("barracuda"));
    server
        .expect_none(telling, Verdict::WrongOutput, "this line tells a password")
        .or_hint("log neither what follows AUTH nor what is refused: people mistype the command");
}

#[test]
fn a_stranger_does_not_hold_up_another() {
    let server = submission().start();
    let _silent = server.connect("silent");
    let mut stranger = mistaken(&server, "stranger", 1);
    stranger.send("Hello\n");
    stranger.expect("Authentication required\n").or_hint(REQUIRED);
    let mut client = authenticated(&server, "client");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("wait for nobody's password but in the thread of that client");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_in_order() {
    let hint = "serve() ends in order as in step 03, authenticated or not";
    let server = submission().start();
    let mut stranger = mistaken(&server, "stranger", 1);
    let mut client = authenticated(&server, "client");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint("once authenticated, a client is served as in step 03");
    server.interrupt();
    for client in [&mut stranger, &mut client] {
        client.expect_end().or_hint(hint);
    }
    server.expect_exit(0).or_hint(hint);
    let last = server.stdout().last_line();
    let detail =
        format!("expected \"Server stopped: 2 connections, 1 messages\" as the last line, it was {last:?}");
    server
        .check(last == "Server stopped: 2 connections, 1 messages", Verdict::WrongOutput, &detail)
        .or_hint("messages are those echoed: what was refused doesn't count");
}

/// It says why, and how it is used, on standard error alone.
fn refused(end: &Finished, hint: &str) {
    end.expect_code(2).or_hint(hint);
    end.expect_stderr("the usage, and no panic", |text| text.contains("sage") && !text.contains("panicked"))
        .or_hint(hint);
    end.expect_stdout("nothing", str::is_empty).or_hint("what is wrong belongs on standard error");
}

/// A file with a password in it; it is removed when this is dropped.
struct PasswordFile(PathBuf);

impl PasswordFile {
    fn of(text: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("echo-password-{}-{number}", process::id()));
        fs::write(&path, text).expect("the folder for temporary files is writable");
        Self(path)
    }

    /// The submission with this file as its option.
    fn given_to(&self, submission: Submission) -> Submission {
        submission.options(["--password-file", self.0.to_str().expect("its path is text")])
    }
}

impl Drop for PasswordFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
