//! Mistakes of step 06: a password.

mod password;

use std::cell::Cell;
use std::env;
use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use support::{Args, printable, say};

use super::engine::{self, Deadline, Echo, Lines, Message, Options, Outcome, Reason, Responder};
use super::{Mistake, exit, it, mistake};

mistakes! {
    accepts_any_password: "AUTH with anything after it authenticates" => EVERY_WRONG;
    compares_only_the_beginning: "a beginning of the password will do" => [NEARLY, BLANKS];
    ignores_what_is_too_much: "what begins with the password will do" => [NEARLY];
    looks_for_the_password_anywhere: "what ends with the password will do" => [NEARLY];
    ignores_letter_case: "the password may be in any letter case" => [NEARLY];
    ignores_the_number_of_blanks: "several blanks are the same as one to it" => [BLANKS];
    reads_one_word: "only the word after AUTH is compared with the first of the password" => [NEARLY, BLANKS];
    panics_at_bytes_that_are_no_text: "from_utf8(...).unwrap() panics when a password isn't UTF-8" => [NEARLY];
    keeps_blanks_around_the_password: "whitespace around the password that was set is part of it" => [AROUND];
    echoes_before_auth: "messages before AUTH are echoed" => EVERY_REFUSAL;
    answers_stats_before_auth: "STATS needs no password" => [NOTHING];
    needs_auth_for_quit: "QUIT needs the password" => [QUIT, LOGGED];
    does_not_know_exit_before_auth: "QUIT needs no password, but Reason::Exit does" => [QUIT];
    takes_the_password_without_auth: "the password alone will do, without AUTH before it" => [NOTHING, LOGGED];
    knows_auth_in_capitals_only: "AUTH is recognized in capital letters only" => [COMMAND];
    does_not_look_at_whole_lines: "an AUTH that comes in pieces isn't recognized" => [PIECES];
    closes_at_the_second: "the second wrong password ends the connection" =>
        [THIRD, AFTER_TWO, AFTER_THIRD, OF_EACH, STATS, LOGGED];
    never_closes: "a client may try any number of wrong passwords" => [THIRD, AFTER_THIRD, LOGGED];
    does_not_close_after_goodbye: "after the third wrong password it sends Goodbye!, and goes on" =>
        [THIRD, AFTER_THIRD, LOGGED];
    answers_the_third_twice: "the third wrong password is answered with \"Wrong password\", and then Goodbye!" =>
        [THIRD, AFTER_THIRD, LOGGED];
    refuses_the_third_try: "after two wrong passwords the right one ends the connection, too" => [AFTER_TWO];
    forgets_wrong_ones: "a message between two wrong passwords makes it forget the first" => [THIRD];
    counts_what_it_refuses_as_wrong: "a message before AUTH counts as a wrong password" =>
        [NOTHING, THIRD, PIECES, STATS, LOGGED];
    ends_the_server_at_the_third: "the third wrong password ends the whole server" => [THIRD, AFTER_THIRD, LOGGED];
    reads_on_after_the_third: "what follows the third wrong password in the same read is still looked at" =>
        [AFTER_THIRD];
    counts_wrong_ones_of_all: "the third wrong password of all clients together ends a connection" =>
        [NEARLY, OF_EACH, BLANKS, LOGGED];
    locks_all_out_after_fifteen: "after fifteen wrong passwords, of all clients together, it refuses everybody" =>
        [OF_EACH];
    lets_all_in_after_one: "when one client has authenticated, all have" => [ONE_ONLY];
    checks_the_password_again: "after success a wrong password is still answered \"Wrong password\"" => [AGAIN];
    authenticates_again: "AUTH after success is answered \"Authenticated\" again" => [AGAIN, PREFIX];
    counts_what_it_refuses: "STATS counts messages before AUTH" => [STATS];
    counts_auth: "STATS counts AUTH" => [STATS, AGAIN, CTRL_C];
    drops_what_follows_auth: "what follows AUTH in the same read is lost" => [PIPELINED];
    prefixes_its_answers: "the prefix stands before its own answers, too" => [PREFIX];
    keeps_the_newline_of_the_file: "the newline at the end of the file is part of the password" => [FILE];
    keeps_the_carriage_return_of_the_file: "of \\r\\n at the end of the file the \\r is part of the password" =>
        [FILE];
    prefers_the_variable: "the file is read only if ECHO_PASSWORD isn't set" => [PRECEDENCE, NO_FILE];
    accepts_the_variable_too: "with a file, the password in ECHO_PASSWORD will do as well" => [PRECEDENCE];
    falls_back_to_the_variable: "with an empty file, or none, ECHO_PASSWORD will do" => [NO_FILE];
    has_a_default_password: "without a password it takes one that everybody can look up" => [NONE];
    accepts_an_empty_password: "AUTH alone authenticates if the password is empty" => [NONE, NO_FILE];
    ends_with_code_1_without_a_password: "without a password it ends with exit code 1, and no usage" =>
        [NONE, NO_FILE];
    has_no_deadline: "a client may take as long as it likes to authenticate" => [SILENT, TALKS, READS_NOTHING];
    looks_at_the_clock_at_messages_only:
        "a client is disconnected only when it sends more than an empty line after its time" =>
        [SILENT, READS_NOTHING];
    starts_the_time_anew: "each message before AUTH restarts the clock" => [TALKS];
    disconnects_authenticated_clients: "the deadline holds after success as well" => [AUTHENTICATED];
    disconnects_at_half_the_time: "a client has half the time to authenticate" => [SILENT];
    accepts_an_auth_timeout_of_zero: "an --auth-timeout of 0 is accepted" => [TIMEOUT];
    has_another_default_timeout: "the default is a minute" => [HELP];
    tells_the_password_in_its_help: "--help shows what is in ECHO_PASSWORD" => [HELP];
    logs_auth: "each message is logged, AUTH among them" => [LOGGED];
    logs_wrong_passwords: "wrong passwords are logged" => [LOGGED];
    logs_what_it_refuses: "messages before AUTH are logged" => [LOGGED];
    logs_auth_after_success: "AUTH is logged once a client is authenticated" => [LOGGED];
    logs_what_it_reads_at_level_trace: "at level trace all that is read is logged" => [LOGGED];
    waits_for_the_first_word_of_each: "a new client is served only when the one before has sent something" =>
        [HELD_UP];
    adds_wrong_ones_at_the_end: "its last line counts wrong passwords as messages" => [CTRL_C];
}

tests! {
    NOTHING = "without_the_password_nothing_is_echoed_or_told"
    QUIT = "quit_and_exit_work_without_the_password"
    COMMAND = "auth_is_a_command_like_any_other"
    PIECES = "auth_may_come_in_pieces"
    NEARLY = "nearly_the_password_is_wrong"
    BLANKS = "a_password_may_have_blanks_inside"
    AROUND = "white_space_around_the_password_is_no_part_of_it"
    THIRD = "the_third_wrong_password_ends_the_connection"
    AFTER_TWO = "after_two_wrong_passwords_the_right_one_counts"
    AFTER_THIRD = "nothing_is_read_after_the_third_wrong_password"
    OF_EACH = "wrong_passwords_count_for_each_connection"
    ONE_ONLY = "a_password_opens_one_connection_only"
    AGAIN = "auth_after_success_changes_nothing"
    STATS = "stats_counts_nothing_that_was_refused"
    PIPELINED = "auth_may_be_pipelined"
    PREFIX = "the_prefix_stands_before_echoes_alone"
    FILE = "the_password_may_come_from_a_file"
    PRECEDENCE = "the_file_takes_precedence_over_the_variable"
    NONE = "without_a_password_it_does_not_start"
    NO_FILE = "without_a_password_in_the_file_it_does_not_start"
    SILENT = "a_silent_client_is_disconnected_when_its_time_is_over"
    TALKS = "a_client_that_talks_on_is_disconnected_too"
    READS_NOTHING = "a_client_that_reads_nothing_is_disconnected_too"
    AUTHENTICATED = "an_authenticated_client_has_all_the_time"
    TIMEOUT = "a_wrong_auth_timeout_is_refused"
    HELP = "the_help_tells_the_options_and_no_password"
    LOGGED = "no_password_is_ever_logged"
    HELD_UP = "a_stranger_does_not_hold_up_another"
    CTRL_C = "ctrl_c_ends_in_order"
}

groups! {
    // They have a wrong password refused.
    EVERY_WRONG = [
        NEARLY, BLANKS, THIRD, AFTER_TWO, AFTER_THIRD, OF_EACH, STATS, PIPELINED, PREFIX, PRECEDENCE, HELD_UP, LOGGED,
        CTRL_C
    ];
    // They have a message refused.
    EVERY_REFUSAL = [NOTHING, PIECES, NEARLY, THIRD, ONE_ONLY, STATS, PIPELINED, PREFIX, LOGGED, HELD_UP];
}

/// What clients have done all together, for mistakes that don't tell them apart.
static WRONG: AtomicU32 = AtomicU32::new(0);
static LET_IN: AtomicBool = AtomicBool::new(false);

/// Whether the client that came last has sent something, or has left.
static HAS_SPOKEN: (Mutex<bool>, Condvar) = (Mutex::new(true), Condvar::new());

pub fn serve(mut words: Vec<OsString>) -> anyhow::Result<()> {
    misread(&mut words);
    let about = "Echoes messages to clients that know the password in ECHO_PASSWORD, or in a file.";
    let mut args = Args::from(about, words);
    let options = Options::take(&mut args);
    let file = args.text("--password-file", "", "read the password from this file, not from ECHO_PASSWORD");
    let default = if it("has_another_default_timeout") { "60" } else { "10" };
    let mut timeout =
        args.seconds("--auth-timeout", default, "disconnect a client that hasn't authenticated by then");
    if it("disconnects_at_half_the_time") {
        timeout /= 2;
    }
    let passwords = password::find(&file);
    if it("ends_with_code_1_without_a_password") && passwords.is_err() {
        anyhow::bail!("there is no password");
    }
    let (address, passwords) = args.address_and(passwords);
    let connections = engine::run(&address, options.idle_timeout, || {
        if it("waits_for_the_first_word_of_each") {
            let (spoken, changed) = &HAS_SPOKEN;
            *changed.wait_while(spoken.lock().unwrap(), |spoken| !*spoken).unwrap() = false;
        }
        let auth = Auth {
            passwords: &passwords,
            prefix: &options.prefix,
            inner: options.echo(),
            timeout,
            until: Instant::now() + timeout,
            wrong: 0,
            authenticated: false,
            closing: false,
            deaf: Cell::new(false),
        };
        (Lines::default(), auth)
    })?;
    if it("adds_wrong_ones_at_the_end") {
        engine::count(WRONG.load(Ordering::SeqCst).into());
    }
    engine::stopped(connections);
    Ok(())
}

/// What a mistake makes of the words before they are understood.
fn misread(words: &mut [OsString]) {
    match mistake() {
        "tells_the_password_in_its_help" if words.iter().any(|word| word == "--help") => {
            say!("[env: ECHO_PASSWORD={}]", env::var("ECHO_PASSWORD").unwrap_or_default());
        }
        "accepts_an_auth_timeout_of_zero" => {
            if let [.., option, value] = words
                && option == "--auth-timeout"
                && value == "0"
            {
                *value = "0.001".into();
            }
        }
        _ => {}
    }
}

struct Auth<'a> {
    passwords: &'a [Vec<u8>],
    prefix: &'a str,
    inner: Echo,
    timeout: Duration,
    until: Instant,
    wrong: u32,
    authenticated: bool,
    /// The connection ends with this read.
    closing: bool,
    /// What else this read holds is ignored.
    deaf: Cell<bool>,
}

impl Responder for Auth<'_> {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        has_spoken();
        if self.deaf.get() {
            return Outcome::Answered;
        }
        if it("looks_at_the_clock_at_messages_only")
            && !self.authenticated
            && !message.bytes.trim_ascii().is_empty()
            && Instant::now() > self.until
        {
            return Outcome::Close(Reason::AuthTimeout);
        }
        self.log(message);
        if it("counts_auth") && self.told(message).is_some() {
            engine::count(1);
        }
        match self.told(message) {
            Some(told) if self.authenticated => match mistake() {
                "checks_the_password_again" if !self.is_right(told) => self.answer(reply, "Wrong password"),
                "authenticates_again" => self.answer(reply, "Authenticated"),
                _ => self.answer(reply, "Already authenticated"),
            },
            Some(told) if self.is_right(told) => {
                self.authenticated = true;
                LET_IN.store(true, Ordering::SeqCst);
                self.deaf.set(it("drops_what_follows_auth"));
                self.answer(reply, "Authenticated")
            }
            Some(_) => self.wrong_password(reply),
            None if self.may_pass(message) => self.inner.respond(message, reply),
            None => self.refuse(message, reply),
        }
    }

    fn deadline(&self) -> Option<Deadline> {
        self.deaf.set(false);
        let is_over = self.authenticated && !it("disconnects_authenticated_clients");
        let is_ignored = it("has_no_deadline") || it("looks_at_the_clock_at_messages_only");
        if self.closing {
            return Some(Deadline { at: Instant::now(), reason: Reason::WrongPasswords });
        }
        (!is_over && !is_ignored).then_some(Deadline { at: self.until, reason: Reason::AuthTimeout })
    }
}

impl Auth<'_> {
    /// What follows AUTH, if the message is that command.
    fn told<'m>(&self, message: &'m Message<'_>) -> Option<&'m [u8]> {
        let bytes = message.bytes.trim_ascii();
        match mistake() {
            "knows_auth_in_capitals_only" if !bytes.starts_with(b"AUTH") && message.line.is_none() => None,
            "does_not_look_at_whole_lines" if message.line.is_some() => None,
            "takes_the_password_without_auth" if !self.authenticated && self.is_right(bytes) => Some(bytes),
            _ => message.argument("AUTH"),
        }
    }

    fn is_right(&self, told: &[u8]) -> bool {
        match mistake() {
            "locks_all_out_after_fifteen" if WRONG.load(Ordering::SeqCst) >= 15 => false,
            "refuses_the_third_try" if self.wrong == 2 => false,
            _ => self.passwords.iter().any(|right| password::matches(told, right)),
        }
    }

    /// Whether a message that isn't AUTH is answered.
    fn may_pass(&self, message: &Message<'_>) -> bool {
        let quits = match mistake() {
            "needs_auth_for_quit" => false,
            "does_not_know_exit_before_auth" => message.is("QUIT"),
            _ => message.is("QUIT") || message.is("EXIT"),
        };
        let is_let_in = match mistake() {
            "lets_all_in_after_one" => LET_IN.load(Ordering::SeqCst),
            "answers_stats_before_auth" => message.is("STATS"),
            "echoes_before_auth" => true,
            _ => false,
        };
        self.authenticated || quits || is_let_in
    }

    fn refuse(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        match mistake() {
            "counts_what_it_refuses_as_wrong" => {
                self.wrong += 1;
                if self.wrong == 3 {
                    self.answer(reply, "Goodbye!");
                    return Outcome::Close(Reason::WrongPasswords);
                }
            }
            "forgets_wrong_ones" => self.wrong = 0,
            "counts_what_it_refuses" => {
                engine::count(1);
            }
            "logs_what_it_refuses" => log::info!("Refused: '{}'", printable(&message.bytes)),
            "starts_the_time_anew" => self.until = Instant::now() + self.timeout,
            _ => {}
        }
        self.answer(reply, "Authentication required")
    }

    fn wrong_password(&mut self, reply: &mut Vec<u8>) -> Outcome {
        self.wrong += 1;
        let of_all = WRONG.fetch_add(1, Ordering::SeqCst) + 1;
        let is_last = match mistake() {
            "closes_at_the_second" => self.wrong == 2,
            "never_closes" => false,
            "counts_wrong_ones_of_all" => of_all >= 3,
            _ => self.wrong == 3,
        };
        if !is_last {
            return self.answer(reply, "Wrong password");
        }
        match mistake() {
            "ends_the_server_at_the_third" => exit(0),
            "answers_the_third_twice" => {
                self.answer(reply, "Wrong password");
            }
            _ => {}
        }
        let answered = self.answer(reply, "Goodbye!");
        match mistake() {
            "does_not_close_after_goodbye" => answered,
            "reads_on_after_the_third" => {
                self.closing = true;
                answered
            }
            _ => Outcome::Close(Reason::WrongPasswords),
        }
    }

    fn answer(&self, reply: &mut Vec<u8>, line: &str) -> Outcome {
        if it("prefixes_its_answers") {
            reply.extend_from_slice(self.prefix.as_bytes());
        }
        reply.extend_from_slice(line.as_bytes());
        reply.push(b'\n');
        Outcome::Answered
    }

    fn log(&self, message: &Message<'_>) {
        let shown = printable(&message.bytes);
        let told = self.told(message);
        match mistake() {
            "logs_auth" => log::info!("Received: '{shown}'"),
            "logs_what_it_reads_at_level_trace" => log::trace!("Received: '{shown}'"),
            "logs_wrong_passwords" if told.is_some_and(|told| !self.is_right(told)) => {
                log::warn!("Wrong password: '{shown}'");
            }
            "logs_auth_after_success" if told.is_some() && self.authenticated => {
                log::info!("Received: '{shown}'");
            }
            _ => {}
        }
    }
}

impl Drop for Auth<'_> {
    fn drop(&mut self) {
        has_spoken();
    }
}

fn has_spoken() {
    let (spoken, changed) = &HAS_SPOKEN;
    *spoken.lock().unwrap() = true;
    changed.notify_all();
}
