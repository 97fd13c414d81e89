//! A connection to the server that is measured.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::failures::{compare, patience};
use crate::message::{SMALL, message};

/// A source address has a port for this many connections that are open or have just been closed (RFC 6335 recommends 16,384
/// ephemeral ports; Linux has 28,232).
const PORTS: u64 = 16_000;

pub struct Server {
    pub address: SocketAddr,
    /// What a client has to send first.
    pub login: Option<String>,
    /// How long opening all connections may take.
    pub limit: Duration,
}

impl Server {
    /// Connects. `number` says how many connections came before this one: when the ports of one source address are used up,
    /// the next address of loopback has as many.
    pub fn connect(&self, number: u64) -> Result<Connection> {
        let stream = self.stream(number).map_err(|error| Error::new(ErrorKind::ConnectionRefused, error))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience()))?;
        stream.set_write_timeout(Some(patience()))?;
        let mut connection = Connection { stream, echo: Vec::new() };
        if let Some(login) = &self.login {
            connection.log_in(login)?;
        }
        Ok(connection)
    }

    /// Opens connections until there are `wanted`, and gets an echo from each: the kernel completes a connection that the
    /// server may never accept.
    pub fn fill(&self, open: &mut Vec<Connection>, wanted: usize) -> Result<()> {
        let message = message(SMALL);
        let begun = Instant::now();
        while open.len() < wanted {
            if begun.elapsed() > self.limit {
                let limit = self.limit.as_secs_f64();
                let reason = format!("{} of {wanted} connections in {limit} s", open.len());
                return Err(Error::new(ErrorKind::TimedOut, reason));
            }
            let mut connection = self.connect(open.len() as u64)?;
            connection.exchange(&message)?;
            open.push(connection);
        }
        Ok(())
    }

    fn stream(&self, number: u64) -> Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(self.address), Type::STREAM, None)?;
        // Only Linux has all of 127.0.0.0/8 without being told to.
        #[cfg(target_os = "linux")]
        if self.address.is_ipv4() && number >= PORTS {
            let host = u8::try_from(1 + number / PORTS % 250).expect("it is at most 250");
            socket.set_reuse_address(true)?; // a port whose last connection has just been closed will do
            socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0)).into())?;
        }
        socket.connect_timeout(&self.address.into(), patience())?;
        Ok(socket.into())
    }
}

pub struct Connection {
    pub stream: TcpStream,
    echo: Vec<u8>,
}

impl Connection {
    /// Sends a message and waits for its echo.
    pub fn exchange(&mut self, message: &[u8]) -> Result<()> {
        self.stream.write_all(message)?;
        self.echo.resize(message.len(), 0);
        self.stream.read_exact(&mut self.echo)?;
        compare(&self.echo, message)
    }

    /// The answer is read byte by byte: what follows its line is not the login's.
    fn log_in(&mut self, login: &str) -> Result<()> {
        self.stream.write_all(format!("{login}\n").as_bytes())?;
        let mut byte = [0];
        while byte != *b"\n" {
            self.stream.read_exact(&mut byte)?;
        }
        Ok(())
    }
}
