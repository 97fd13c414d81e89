//! Why the server closes a connection.

use std::fmt;
use std::time::Duration;

/// Why the server closes a connection that its client hasn't closed in order. The log says it as
/// `Client 127.0.0.1:54321 requested to exit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The client sent QUIT or EXIT.
    Exit,
    /// No byte moved in either direction for this long.
    IdleTimeout(Duration),
    /// The client sent too many wrong passwords.
    WrongPasswords,
    /// The client didn't authenticate before its deadline.
    AuthTimeout,
    /// The client announced a frame that is longer than the server accepts.
    FrameTooLong,
    /// The client closed its sending side in the middle of a frame.
    CutOff,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit => write!(f, "requested to exit"),
            Self::IdleTimeout(timeout) => write!(f, "reached the idle timeout of {timeout:?}"),
            Self::WrongPasswords => write!(f, "failed to authenticate"),
            Self::AuthTimeout => write!(f, "did not authenticate in time"),
            Self::FrameTooLong => write!(f, "announced a frame above the limit"),
            Self::CutOff => write!(f, "was cut off within a frame"),
        }
    }
}
