//! A password before everything else: a layer around another responder.

use std::ffi::OsString;
use std::time::{Duration, Instant};
use std::{env, fs};

use sha2::{Digest, Sha256};
use sol03_enhanced::{Deadline, Message, Outcome, Reason, Responder};
use subtle::ConstantTimeEq;

/// The wrong password that ends a connection: its third.
const LAST_TRY: u32 = 3;

/// The server's password: its digest, and no way to print it. What can't be printed can't get into a log.
pub struct Password([u8; 32]);

impl Password {
    /// The password that the server was given: in `file`, or in the environment if that is an empty name. It doesn't come
    /// on the command line, which everybody on this machine can read in the list of processes.
    ///
    /// # Errors
    /// There is no password, or none that a client could tell. Says so in a sentence.
    pub fn find(file: &str) -> Result<Self, String> {
        if file.is_empty() {
            let password = env::var_os("ECHO_PASSWORD").map(OsString::into_encoded_bytes);
            return Self::new(&password.unwrap_or_default());
        }
        let password =
            fs::read(file).map_err(|error| format!("cannot read the password in {file}: {error}"))?;
        Self::new(&password)
    }

    /// White space at both ends is not part of it: a file ends with a newline, and around commands it is ignored too.
    ///
    /// # Errors
    /// See [`Password::find`].
    pub fn new(password: &[u8]) -> Result<Self, String> {
        let password = password.trim_ascii();
        if password.is_empty() || password.contains(&b'\n') {
            return Err("a password of one line is needed, in ECHO_PASSWORD or --password-file".into());
        }
        Ok(Self(Sha256::digest(password).into()))
    }

    /// Whether `told` is the password. A comparison that ends at the first byte that differs would tell by its time how much
    /// of a guess is right. This one takes the same time for all, and digests have the same length whatever they are of.
    pub fn is(&self, told: &[u8]) -> bool {
        Sha256::digest(told).as_slice().ct_eq(&self.0).into()
    }
}

/// Passes a client's messages on to `inner` once it has told the password, before that only QUIT.
pub struct Auth<'a, R> {
    password: &'a Password,
    inner: R,
    /// When the client is disconnected if it isn't authenticated. None if the clock doesn't go that far.
    until: Option<Instant>,
    wrong: u32,
    authenticated: bool,
}

impl<'a, R: Responder> Auth<'a, R> {
    /// The client that has just come has to authenticate within `timeout`.
    pub fn new(password: &'a Password, timeout: Duration, inner: R) -> Self {
        let until = Instant::now().checked_add(timeout);
        Self { password, inner, until, wrong: 0, authenticated: false }
    }

    /// Counts a wrong password and answers it.
    fn refuse(&mut self, reply: &mut Vec<u8>) -> Outcome {
        self.wrong += 1;
        if self.wrong == LAST_TRY {
            reply.extend_from_slice(b"Goodbye!\n");
            return Outcome::Close(Reason::WrongPasswords);
        }
        answer(reply, "Wrong password")
    }
}

impl<R: Responder> Responder for Auth<'_, R> {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        match message.argument("AUTH") {
            Some(_) if self.authenticated => answer(reply, "Already authenticated"),
            Some(told) if self.password.is(told) => {
                self.authenticated = true;
                answer(reply, "Authenticated")
            }
            Some(_) => self.refuse(reply),
            None if self.authenticated || message.is("QUIT") || message.is("EXIT") => {
                self.inner.respond(message, reply)
            }
            None => answer(reply, "Authentication required"),
        }
    }

    /// The client's time to authenticate; once it has, what `inner` says.
    fn deadline(&self) -> Option<Deadline> {
        if self.authenticated {
            return self.inner.deadline();
        }
        self.until.map(|at| Deadline { at, reason: Reason::AuthTimeout })
    }
}

/// Appends a line of the layer's own.
fn answer(reply: &mut Vec<u8>, line: &str) -> Outcome {
    reply.extend_from_slice(line.as_bytes());
    reply.push(b'\n');
    Outcome::Answered
}
