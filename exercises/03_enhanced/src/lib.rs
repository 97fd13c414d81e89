//! Step 03's echo server, as a library.
//!
//! What is said to a client is decided without a socket: [`lines`] cuts what was read into messages, a [`Responder`]
//! answers each. Sockets, threads, time and the end are the engine's: `server` takes clients in, `connection`
//! serves one of them, `shutdown` ends it all in order.

mod accept;
mod connection;
pub mod lines;
pub mod log_format;
pub mod responder;
mod server;
mod shutdown;

pub use lines::{Lines, Message};
pub use responder::{Echo, Outcome, Responder};
pub use server::serve;
