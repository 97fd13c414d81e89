//! The criteria of step 09: a client that listens while it speaks, tests a server, and sends a file.

grader::step!("09_client");

#[path = "client/arguments.rs"]
mod arguments;
#[path = "client/connecting.rs"]
mod connecting;
#[path = "client/conversation.rs"]
mod conversation;
#[path = "client/frame.rs"]
mod frame;
#[cfg(unix)]
#[path = "client/terminal.rs"]
mod terminal;
#[path = "client/three_messages.rs"]
mod three_messages;
