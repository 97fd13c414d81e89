//! Step 03's echo server, as a library.
//!
//! What a client gets is decided without a socket: a [`Framing`], here [`Lines`], cuts what was read into messages, and a
//! [`Responder`], here [`Echo`], answers each of them. Sockets, threads, timeouts and the shutdown are the engine's: `server`
//! accepts clients, `connection` serves one of them, and `shutdown` disconnects them all. [`service`] makes a program of it.

mod connection;
mod framing;
mod lines;
pub mod log_format;
mod reason;
mod responder;
mod server;
pub mod service;
mod shutdown;

pub use framing::{Framing, Message};
pub use lines::Lines;
pub use reason::Reason;
pub use responder::{Deadline, Echo, Outcome, Responder};
pub use server::serve;
