//! How the tests of the TCP steps find out whether a client is served at all.

use std::io;
use std::net::TcpListener;

use grader::Server;

/// Connects a new client and has a message of its echoed.
pub fn greet(server: &Server, hint: &str) {
    let mut client = server.connect("new client");
    client.send("Hello\n");
    client.expect("Hello\n").or_hint(hint);
}

/// Takes a port of the host, so that the server can't have it; 0 for any.
pub fn occupy(host: &str, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((host, port))
}
