//! The layer without a socket: messages in, answers out.

use std::time::{Duration, Instant};

use sol03_enhanced::{Deadline, Echo, Framing, Lines, Message, Outcome, Reason, Responder};
use sol06_bonus_auth::{Auth, Password};

const TIMEOUT: Duration = Duration::from_secs(10);

fn password(text: &str) -> Password {
    Password::new(text.as_bytes()).map_err(|reason| format!("{text:?}: {reason}")).unwrap()
}

/// What one client is told for each of these reads, up to the end of the conversation.
fn told(auth: &mut impl Responder, reads: &[&str]) -> String {
    let mut lines = Lines::default();
    let mut reply = Vec::new();
    'conversation: for read in reads {
        for message in lines.split(read.as_bytes()) {
            if let Outcome::Close(_) = auth.respond(&message, &mut reply) {
                break 'conversation;
            }
        }
    }
    String::from_utf8(reply).unwrap()
}

fn echo() -> Echo {
    Echo::new("", &std::sync::Arc::default())
}

#[test]
fn a_password_is_only_itself() {
    let secret = password("swordfish");
    assert!(secret.is(b"swordfish"));
    for wrong in ["", "s", "swordfis", "swordfishes", "Swordfish", "swordfisi", "swordfish "] {
        assert!(!secret.is(wrong.as_bytes()), "{wrong:?}");
    }
}

#[test]
fn white_space_around_a_password_is_no_part_of_it() {
    for text in ["swordfish\n", "swordfish\r\n", "  swordfish\t"] {
        assert!(password(text).is(b"swordfish"), "{text:?}");
    }
    assert!(password("two  words\n").is(b"two  words"));
    assert!(!password("two  words\n").is(b"two words"));
}

#[test]
fn a_password_that_no_client_could_tell_is_none() {
    for text in ["", "\n", " \t\r\n", "two\nlines", "two\r\nlines\r\n"] {
        assert!(Password::new(text.as_bytes()).is_err(), "{text:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let reason = Password::find("no/such/file").err().unwrap();
    assert!(reason.contains("no/such/file"), "{reason}");
}

#[test]
fn a_conversation_begins_with_the_password() {
    let secret = password("swordfish");
    let mut auth = Auth::new(&secret, TIMEOUT, echo());
    assert_eq!(
        told(&mut auth, &["Hello\nAUTH tuna\n", "auth swordfish\r\nHello\nAUTH tuna\nSTATS\nQUIT\nmore\n"]),
        "Authentication required\nWrong password\nAuthenticated\nHello\nAlready authenticated\n\
         Messages received: 1\nGoodbye!\n"
    );
}

#[test]
fn quit_needs_no_password() {
    let secret = password("swordfish");
    for quit in ["QUIT\n", "exit"] {
        assert_eq!(told(&mut Auth::new(&secret, TIMEOUT, echo()), &[quit, "more\n"]), "Goodbye!\n");
    }
}

#[test]
fn the_third_wrong_password_is_the_last() {
    let secret = password("swordfish");
    let guesses = ["AUTH a\n", "Hello\n", "AUTH\n", "AUTH c\n", "AUTH swordfish\n"];
    assert_eq!(
        told(&mut Auth::new(&secret, TIMEOUT, echo()), &guesses),
        "Wrong password\nAuthentication required\nWrong password\nGoodbye!\n"
    );
}

#[test]
fn a_password_that_was_cut_in_two_is_looked_at_again_as_a_whole() {
    let secret = password("swordfish");
    assert_eq!(
        told(&mut Auth::new(&secret, TIMEOUT, echo()), &["AUTH sword", "fish\nHello\n"]),
        "Wrong password\nAuthenticated\nHello\n"
    );
}

/// A responder with a deadline of its own.
struct Patient(Instant);

impl Responder for Patient {
    fn respond(&mut self, _message: &Message<'_>, _reply: &mut Vec<u8>) -> Outcome {
        Outcome::Answered
    }

    fn deadline(&self) -> Option<Deadline> {
        Some(Deadline { at: self.0, reason: Reason::Exit })
    }
}

#[test]
fn the_deadline_is_that_of_the_inner_responder_once_authenticated() {
    let secret = password("swordfish");
    let later = Instant::now() + Duration::from_secs(1000);
    let before = Instant::now();
    let mut auth = Auth::new(&secret, TIMEOUT, Patient(later));
    let after = Instant::now();
    told(&mut auth, &["Hello\n", "AUTH tuna\n"]);
    let at = auth.deadline().unwrap().at;
    assert!((before + TIMEOUT..=after + TIMEOUT).contains(&at));
    told(&mut auth, &["AUTH swordfish\n"]);
    assert_eq!(auth.deadline().unwrap().at, later);
}

#[test]
fn a_time_beyond_the_clock_is_no_deadline() {
    let secret = password("swordfish");
    assert!(Auth::new(&secret, Duration::MAX, echo()).deadline().is_none());
}
