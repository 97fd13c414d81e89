//! Mistakes of step 06: a password.

use std::cell::Cell;
use std::ffi::OsString;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs};

use sol03_enhanced::{Deadline, Echo, Lines, Message, Outcome, Reason, Responder, log_format};
use support::{Args, printable, say};

use super::Mistake;
use super::common::mistake;

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    mistake("accepts_any_password", "AUTH with anything behind it authenticates", EVERY_WRONG),
    mistake("compares_only_the_beginning", "a beginning of the password will do", &[NEARLY, BLANKS]),
    mistake("ignores_what_is_too_much", "what begins with the password will do", &[NEARLY]),
    mistake("looks_for_the_password_anywhere", "what ends with the password will do", &[NEARLY]),
    mistake("ignores_letter_case", "the password may be told in any letter case", &[NEARLY]),
    mistake("ignores_the_number_of_blanks", "several blanks are the same as one to it", &[BLANKS]),
    mistake(
        "reads_one_word",
        "only the word behind AUTH is compared with the first of the password",
        &[NEARLY, BLANKS],
    ),
    mistake(
        "panics_at_bytes_that_are_no_text",
        "from_utf8(...).unwrap() panics when a password is no UTF-8",
        &[NEARLY],
    ),
    mistake(
        "keeps_blanks_around_the_password",
        "white space around the password that was set is part of it",
        &[AROUND],
    ),
    mistake("echoes_before_auth", "what a stranger says is echoed", EVERY_REFUSAL),
    mistake("answers_stats_before_auth", "STATS needs no password", &[NOTHING]),
    mistake("needs_auth_for_quit", "QUIT needs the password", &[QUIT, LOGGED]),
    mistake("does_not_know_exit_before_auth", "QUIT needs no password, but EXIT does", &[QUIT]),
    mistake(
        "takes_the_password_without_auth",
        "the password alone will do, without AUTH before it",
        &[NOTHING, LOGGED],
    ),
    mistake("knows_auth_in_capitals_only", "AUTH is recognised in capital letters only", &[COMMAND]),
    mistake("does_not_look_at_whole_lines", "an AUTH that comes in pieces is not recognised", &[PIECES]),
    mistake(
        "closes_at_the_second",
        "the second wrong password ends the connection",
        &[THIRD, AFTER_TWO, AFTER_THIRD, OF_EACH, STATS, LOGGED],
    ),
    mistake("never_closes", "a client may tell any number of wrong passwords", &[THIRD, AFTER_THIRD, LOGGED]),
    mistake(
        "does_not_close_after_goodbye",
        "after the third wrong password it says Goodbye!, and goes on",
        &[THIRD, AFTER_THIRD, LOGGED],
    ),
    mistake(
        "answers_the_third_twice",
        "the third wrong password is answered with \"Wrong password\", and then Goodbye!",
        &[THIRD, AFTER_THIRD, LOGGED],
    ),
    mistake(
        "refuses_the_third_try",
        "after two wrong passwords the right one ends the connection, too",
        &[AFTER_TWO],
    ),
    mistake(
        "forgets_wrong_ones",
        "a message between two wrong passwords makes it forget the first",
        &[THIRD],
    ),
    mistake(
        "counts_what_it_refuses_as_wrong",
        "a message of a stranger counts as a wrong password",
        &[NOTHING, THIRD, PIECES, STATS, LOGGED],
    ),
    mistake(
        "ends_the_server_at_the_third",
        "the third wrong password ends the whole server",
        &[THIRD, AFTER_THIRD, LOGGED],
    ),
    mistake(
        "reads_on_after_the_third",
        "what follows the third wrong password in the same read is still looked at",
        &[AFTER_THIRD],
    ),
    mistake(
        "counts_wrong_ones_of_all",
        "the third wrong password of all clients together ends a connection",
        &[NEARLY, OF_EACH, BLANKS, LOGGED],
    ),
    mistake(
        "locks_all_out_after_fifteen",
        "after fifteen wrong passwords, whoever told them, it believes nobody",
        &[OF_EACH],
    ),
    mistake("lets_all_in_after_one", "when one client has authenticated, all have", &[ONE_ONLY]),
    mistake(
        "checks_the_password_again",
        "after success a wrong password is still answered \"Wrong password\"",
        &[AGAIN],
    ),
    mistake(
        "authenticates_again",
        "AUTH after success is answered \"Authenticated\" again",
        &[AGAIN, PREFIX],
    ),
    mistake("counts_what_it_refuses", "STATS counts what a stranger said", &[STATS]),
    mistake("counts_auth", "STATS counts AUTH", &[STATS, AGAIN, CTRL_C]),
    mistake("drops_what_follows_auth", "what follows AUTH in the same read is lost", &[PIPELINED]),
    mistake("prefixes_its_answers", "the prefix stands before its own answers, too", &[PREFIX]),
    mistake(
        "keeps_the_newline_of_the_file",
        "the newline at the end of the file is part of the password",
        &[FILE],
    ),
    mistake(
        "keeps_the_carriage_return_of_the_file",
        "of \\r\\n at the end of the file the \\r is part of the password",
        &[FILE],
    ),
    mistake(
        "prefers_the_variable",
        "the file is read only if ECHO_PASSWORD is not set",
        &[PRECEDENCE, NO_FILE],
    ),
    mistake(
        "accepts_the_variable_too",
        "with a file, the password in ECHO_PASSWORD will do as well",
        &[PRECEDENCE],
    ),
    mistake("falls_back_to_the_variable", "with an empty file, or none, ECHO_PASSWORD will do", &[NO_FILE]),
    mistake("has_a_default_password", "without a password it takes one that everybody can look up", &[NONE]),
    mistake(
        "accepts_an_empty_password",
        "AUTH alone authenticates if the password is empty",
        &[NONE, NO_FILE],
    ),
    mistake(
        "ends_with_code_1_without_a_password",
        "without a password it ends with exit code 1, and no usage",
        &[NONE, NO_FILE],
    ),
    mistake(
        "has_no_deadline",
        "a client may take as long as it likes to authenticate",
        &[SILENT, TALKS, READS_NOTHING],
    ),
    mistake(
        "looks_at_the_clock_at_messages_only",
        "a client is disconnected only when it says more than an empty line after its time",
        &[SILENT, READS_NOTHING],
    ),
    mistake("starts_the_time_anew", "each message of a stranger starts its time anew", &[TALKS]),
    mistake(
        "disconnects_authenticated_clients",
        "the deadline holds after success as well",
        &[AUTHENTICATED],
    ),
    mistake("disconnects_at_half_the_time", "a client has half the time to authenticate", &[SILENT]),
    mistake("accepts_an_auth_timeout_of_zero", "an --auth-timeout of 0 is accepted", &[TIMEOUT]),
    mistake("has_another_default_timeout", "a client has a minute unless told", &[HELP]),
    mistake("tells_the_password_in_its_help", "--help shows what is in ECHO_PASSWORD", &[HELP]),
    mistake("logs_auth", "each message is logged, AUTH among them", &[LOGGED]),
    mistake("logs_wrong_passwords", "wrong passwords are logged", &[LOGGED]),
    mistake("logs_what_it_refuses", "what a stranger says is logged", &[LOGGED]),
    mistake("logs_auth_after_success", "AUTH is logged once a client is authenticated", &[LOGGED]),
    mistake("logs_what_it_reads_at_level_trace", "at level trace all that is read is logged", &[LOGGED]),
    mistake(
        "waits_for_the_first_word_of_each",
        "a new client is served only when the one before has said something",
        &[HELD_UP],
    ),
    mistake("adds_wrong_ones_at_the_end", "its last line counts wrong passwords as messages", &[CTRL_C]),
];

const NOTHING: &str = "without_the_password_nothing_is_echoed_or_told";
const QUIT: &str = "quit_and_exit_work_without_the_password";
const COMMAND: &str = "auth_is_a_command_like_any_other";
const PIECES: &str = "auth_may_come_in_pieces";
const NEARLY: &str = "nearly_the_password_is_wrong";
const BLANKS: &str = "a_password_may_have_blanks_inside";
const AROUND: &str = "white_space_around_the_password_is_no_part_of_it";
const THIRD: &str = "the_third_wrong_password_ends_the_connection";
const AFTER_TWO: &str = "after_two_wrong_passwords_the_right_one_counts";
const AFTER_THIRD: &str = "nothing_is_read_after_the_third_wrong_password";
const OF_EACH: &str = "wrong_passwords_count_for_each_connection";
const ONE_ONLY: &str = "a_password_opens_one_connection_only";
const AGAIN: &str = "auth_after_success_changes_nothing";
const STATS: &str = "stats_counts_nothing_that_was_refused";
const PIPELINED: &str = "auth_may_be_pipelined";
const PREFIX: &str = "the_prefix_stands_before_echoes_alone";
const FILE: &str = "the_password_may_come_from_a_file";
const PRECEDENCE: &str = "the_file_takes_precedence_over_the_variable";
const NONE: &str = "without_a_password_it_does_not_start";
const NO_FILE: &str = "without_a_password_in_the_file_it_does_not_start";
const SILENT: &str = "a_silent_client_is_disconnected_when_its_time_is_over";
const TALKS: &str = "a_client_that_talks_on_is_disconnected_too";
const READS_NOTHING: &str = "a_client_that_reads_nothing_is_disconnected_too";
const AUTHENTICATED: &str = "an_authenticated_client_has_all_the_time";
const TIMEOUT: &str = "a_wrong_auth_timeout_is_refused";
const HELP: &str = "the_help_tells_the_options_and_no_password";
const LOGGED: &str = "no_password_is_ever_logged";
const HELD_UP: &str = "a_stranger_does_not_hold_up_another";
const CTRL_C: &str = "ctrl_c_ends_in_order";

/// The criteria that have a wrong password refused.
const EVERY_WRONG: &[&str] = &[
    NEARLY,
    BLANKS,
    THIRD,
    AFTER_TWO,
    AFTER_THIRD,
    OF_EACH,
    STATS,
    PIPELINED,
    PREFIX,
    PRECEDENCE,
    HELD_UP,
    LOGGED,
    CTRL_C,
];

/// The criteria that have a message refused.
const EVERY_REFUSAL: &[&str] =
    &[NOTHING, PIECES, NEARLY, THIRD, ONE_ONLY, STATS, PIPELINED, PREFIX, LOGGED, HELD_UP];

/// What strangers have said to all clients together, for mistakes that don't tell them apart.
static WRONG: AtomicU32 = AtomicU32::new(0);
static LET_IN: AtomicBool = AtomicBool::new(false);

/// Whether the client that came last has said something, or has gone.
static HAS_SPOKEN: (Mutex<bool>, Condvar) = (Mutex::new(true), Condvar::new());

/// Runs the server that is right but for `mistake`.
pub fn serve(mistake: &'static str, mut words: Vec<OsString>) -> anyhow::Result<()> {
    misread(mistake, &mut words);
    let about = "Echoes messages to those who know the password: that in ECHO_PASSWORD, or in a file.";
    let mut args = Args::from(about, words);
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    let file = args.text("--password-file", "", "read the password from this file, not from ECHO_PASSWORD");
    let default = if mistake == "has_another_default_timeout" { "60" } else { "10" };
    let mut timeout =
        args.seconds("--auth-timeout", default, "disconnect a client that hasn't told the password by then");
    if mistake == "disconnects_at_half_the_time" {
        timeout /= 2;
    }
    let password = find_password(mistake, &file);
    if mistake == "ends_with_code_1_without_a_password" && password.is_err() {
        anyhow::bail!("there is no password");
    }
    let (address, password) = args.address_and(password);
    log_format::init();

    let messages = Arc::new(AtomicU64::new(0));
    let connections = sol03_enhanced::serve(&address, idle_timeout, || {
        if mistake == "waits_for_the_first_word_of_each" {
            let (spoken, changed) = &HAS_SPOKEN;
            *changed.wait_while(spoken.lock().unwrap(), |spoken| !*spoken).unwrap() = false;
        }
        let auth = Auth {
            mistake,
            password: &password,
            prefix: &prefix,
            inner: Echo::new(&prefix, &messages),
            messages: &messages,
            timeout,
            until: Instant::now() + timeout,
            wrong: 0,
            authenticated: false,
            closing: false,
            deaf: Cell::new(false),
        };
        (Lines::default(), auth)
    })?;
    let mut messages = messages.load(Ordering::SeqCst);
    if mistake == "adds_wrong_ones_at_the_end" {
        messages += u64::from(WRONG.load(Ordering::SeqCst));
    }
    say!("Server stopped: {connections} connections, {messages} messages");
    Ok(())
}

/// What a mistake makes of the words before they are understood.
fn misread(mistake: &str, words: &mut [OsString]) {
    match mistake {
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

/// The passwords that are right: one, but for a mistake.
fn find_password(mistake: &str, file: &str) -> Result<Vec<Vec<u8>>, String> {
    let variable = env::var_os("ECHO_PASSWORD").map(OsString::into_encoded_bytes).unwrap_or_default();
    let has_variable = !variable.trim_ascii().is_empty();
    if file.is_empty() || (mistake == "prefers_the_variable" && has_variable) {
        return match mistake {
            "has_a_default_password" if !has_variable => Ok(vec![b"admin".into()]),
            "keeps_blanks_around_the_password" if has_variable => Ok(vec![variable]),
            _ => Ok(vec![trimmed(mistake, &variable)?]),
        };
    }
    let text = match fs::read(file) {
        Err(error) if mistake != "falls_back_to_the_variable" => return Err(format!("{file}: {error}")),
        text => text.unwrap_or_default(),
    };
    let password = trimmed(mistake, &text);
    match mistake {
        "falls_back_to_the_variable" if password.is_err() => Ok(vec![trimmed(mistake, &variable)?]),
        "accepts_the_variable_too" => Ok(vec![password?, variable]),
        "keeps_the_newline_of_the_file" => password.map(|_| vec![text]),
        "keeps_the_carriage_return_of_the_file" => {
            password.map(|_| vec![text.strip_suffix(b"\n").unwrap_or(&text).into()])
        }
        _ => Ok(vec![password?]),
    }
}

fn trimmed(mistake: &str, text: &[u8]) -> Result<Vec<u8>, String> {
    let password = text.trim_ascii();
    if password.is_empty() && mistake != "accepts_an_empty_password" {
        return Err("there is no password".into());
    }
    Ok(password.into())
}

struct Auth<'a> {
    mistake: &'static str,
    password: &'a [Vec<u8>],
    prefix: &'a str,
    inner: Echo,
    messages: &'a AtomicU64,
    timeout: Duration,
    until: Instant,
    wrong: u32,
    authenticated: bool,
    /// The connection ends with this read.
    closing: bool,
    /// What else this read holds is not listened to.
    deaf: Cell<bool>,
}

impl Responder for Auth<'_> {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        has_spoken();
        if self.deaf.get() {
            return Outcome::Answered;
        }
        if self.is("looks_at_the_clock_at_messages_only")
            && !self.authenticated
            && !message.bytes.trim_ascii().is_empty()
            && Instant::now() > self.until
        {
            return Outcome::Close(Reason::AuthTimeout);
        }
        self.log(message);
        if self.is("counts_auth") && self.told(message).is_some() {
            self.messages.fetch_add(1, Ordering::SeqCst);
        }
        match self.told(message) {
            Some(told) if self.authenticated => match self.mistake {
                "checks_the_password_again" if !self.is_right(told) => self.answer(reply, "Wrong password"),
                "authenticates_again" => self.answer(reply, "Authenticated"),
                _ => self.answer(reply, "Already authenticated"),
            },
            Some(told) if self.is_right(told) => {
                self.authenticated = true;
                LET_IN.store(true, Ordering::SeqCst);
                self.deaf.set(self.is("drops_what_follows_auth"));
                self.answer(reply, "Authenticated")
            }
            Some(_) => self.wrong_password(reply),
            None if self.may_pass(message) => self.inner.respond(message, reply),
            None => self.refuse(message, reply),
        }
    }

    fn deadline(&self) -> Option<Deadline> {
        self.deaf.set(false);
        let is_over = self.authenticated && !self.is("disconnects_authenticated_clients");
        let is_ignored = self.is("has_no_deadline") || self.is("looks_at_the_clock_at_messages_only");
        if self.closing {
            return Some(Deadline { at: Instant::now(), reason: Reason::WrongPasswords });
        }
        (!is_over && !is_ignored)
            .then_some(Deadline { at: self.until, reason: Reason::AuthTimeout })
    }
}

impl Auth<'_> {
    fn is(&self, mistake: &str) -> bool {
        self.mistake == mistake
    }

    /// What follows AUTH, if the message is that.
    fn told<'m>(&self, message: &'m Message<'_>) -> Option<&'m [u8]> {
        let bytes = message.bytes.trim_ascii();
        match self.mistake {
            "knows_auth_in_capitals_only" if !bytes.starts_with(b"AUTH") && message.line.is_none() => None,
            "does_not_look_at_whole_lines" if message.line.is_some() => None,
            "takes_the_password_without_auth" if !self.authenticated && self.is_right(bytes) => Some(bytes),
            _ => message.argument("AUTH"),
        }
    }

    fn is_right(&self, told: &[u8]) -> bool {
        match self.mistake {
            "locks_all_out_after_fifteen" if WRONG.load(Ordering::SeqCst) >= 15 => false,
            "refuses_the_third_try" if self.wrong == 2 => false,
            "panics_at_bytes_that_are_no_text" => {
                self.password.iter().any(|right| str::from_utf8(right) == Ok(str::from_utf8(told).unwrap()))
            }
            _ => self.password.iter().any(|right| self.matches(told, right)),
        }
    }

    fn matches(&self, told: &[u8], right: &[u8]) -> bool {
        let words = |text: &[u8]| -> Vec<Vec<u8>> {
            let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            words.map(<[u8]>::to_vec).collect()
        };
        match self.mistake {
            "accepts_any_password" => true,
            "compares_only_the_beginning" => right.starts_with(told),
            "ignores_what_is_too_much" => told.starts_with(right),
            "looks_for_the_password_anywhere" => told.ends_with(right),
            "ignores_letter_case" => told.eq_ignore_ascii_case(right),
            "ignores_the_number_of_blanks" => words(told) == words(right),
            "reads_one_word" => words(told).first() == words(right).first(),
            _ => told == right,
        }
    }

    /// What a client may say that is not AUTH.
    fn may_pass(&self, message: &Message<'_>) -> bool {
        let quits = match self.mistake {
            "needs_auth_for_quit" => false,
            "does_not_know_exit_before_auth" => message.is("QUIT"),
            _ => message.is("QUIT") || message.is("EXIT"),
        };
        let is_let_in = match self.mistake {
            "lets_all_in_after_one" => LET_IN.load(Ordering::SeqCst),
            "answers_stats_before_auth" => message.is("STATS"),
            "echoes_before_auth" => true,
            _ => false,
        };
        self.authenticated || quits || is_let_in
    }

    fn refuse(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        match self.mistake {
            "counts_what_it_refuses_as_wrong" => {
                self.wrong += 1;
                if self.wrong == 3 {
                    self.answer(reply, "Goodbye!");
                    return Outcome::Close(Reason::WrongPasswords);
                }
            }
            "forgets_wrong_ones" => self.wrong = 0,
            "counts_what_it_refuses" => {
                self.messages.fetch_add(1, Ordering::SeqCst);
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
        let is_last = match self.mistake {
            "closes_at_the_second" => self.wrong == 2,
            "never_closes" => false,
            "counts_wrong_ones_of_all" => of_all >= 3,
            _ => self.wrong == 3,
        };
        if !is_last {
            return self.answer(reply, "Wrong password");
        }
        match self.mistake {
            "ends_the_server_at_the_third" => process::exit(0),
            "answers_the_third_twice" => {
                self.answer(reply, "Wrong password");
            }
            _ => {}
        }
        let answered = self.answer(reply, "Goodbye!");
        match self.mistake {
            "does_not_close_after_goodbye" => answered,
            "reads_on_after_the_third" => {
                self.closing = true;
                answered
            }
            _ => Outcome::Close(Reason::WrongPasswords),
        }
    }

    fn answer(&self, reply: &mut Vec<u8>, line: &str) -> Outcome {
        if self.is("prefixes_its_answers") {
            reply.extend_from_slice(self.prefix.as_bytes());
        }
        reply.extend_from_slice(line.as_bytes());
        reply.push(b'\n');
        Outcome::Answered
    }

    fn log(&self, message: &Message<'_>) {
        let shown = printable(&message.bytes);
        let told = self.told(message);
        match self.mistake {
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
