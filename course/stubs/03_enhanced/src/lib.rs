//! Step 03's echo server, as a library.
//!
//! What is said to a client is decided without a socket: a [`Framing`], here [`Lines`], cuts what was read into messages, and
//! a [`Responder`], here [`Echo`], answers each. Sockets, threads, time and the end are the engine's: `server` takes clients
//! in, `threads` has each served, `connection` serves one of them, `shutdown` ends it all in order.

mod accept;
mod connection;
mod framing;
mod lines;
pub mod log_format;
mod responder;
mod server;
mod shutdown;
mod threads;

pub use framing::{Framing, Message};
pub use lines::Lines;
pub use responder::{Deadline, Echo, Outcome, Responder};
pub use server::serve;
