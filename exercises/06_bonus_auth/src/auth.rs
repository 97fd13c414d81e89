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
        // TODO 1: Read the bytes of the password from the file, or from the variable ECHO_PASSWORD
        // if `file` is empty: see fs::read and env::var_os. Make a Password of them with new(). A
        // file that can't be read is an error with a reason; a missing variable has no bytes.
        todo!("TODO 1: read the password that the server was given");
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
        // TODO 2: Compare the digest of `told` with the digest of the password, in the same time
        // for any wrong one: see Sha256::digest and subtle::ConstantTimeEq. The == of slices may
        // stop at the first difference.
        todo!("TODO 2: compare with the password");
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
        // TODO 4: Count it, and answer "Wrong password". For the LAST_TRY answer "Goodbye!"
        // instead, and have the connection closed: see Outcome::Close.
        todo!("TODO 4: count a wrong password and answer it");
    }
}

impl<R: Responder> Responder for Auth<'_, R> {
    fn respond(&mut self, message: &Message<'_>, reply: &mut Vec<u8>) -> Outcome {
        // TODO 3: message.argument("AUTH") is what follows AUTH, if the message is that command.
        // Answer it, and refuse() a wrong password. Pass on to `inner` what it may answer. The task
        // has a table of all answers.
        todo!("TODO 3: answer a message, or pass it on");
    }

    /// The client's time to authenticate; once it has, what `inner` says.
    fn deadline(&self) -> Option<Deadline> {
        // TODO 5: Until the client is authenticated, return its Deadline, with the reason for the
        // log. After that, return what `inner` has. The engine asks before each read and write, and
        // disconnects the client when the deadline has passed.
        todo!("TODO 5: return the client's deadline");
    }
}

/// Appends a line of the layer's own.
fn answer(reply: &mut Vec<u8>, line: &str) -> Outcome {
    reply.extend_from_slice(line.as_bytes());
    reply.push(b'\n');
    Outcome::Answered
}
