//! What `main` returns when it fails.

use std::fmt;

/// An error that Rust prints as `Error: ...` on one line when `main` returns it. An `anyhow::Error` would add a backtrace
/// when `RUST_BACKTRACE` is set, and its causes on lines of their own.
///
/// ```
/// fn main_like(port: &str) -> Result<u16, support::OneLine> {
///     Ok(port.parse()?)
/// }
/// assert_eq!(format!("{:?}", main_like("abc").unwrap_err()), "invalid digit found in string");
/// ```
pub struct OneLine(String);

/// The program ends with this error, so what it has noted is printed before.
impl<E: fmt::Display> From<E> for OneLine {
    fn from(error: E) -> Self {
        crate::flush();
        Self(format!("{error:#}"))
    }
}

/// `main` prints the error with `{:?}`.
impl fmt::Debug for OneLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
