//! What a submission that is a client connects to: a server that does what a criterion tells it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::check::Check;
use crate::client::Client;
use crate::found;
use crate::patience;
use crate::report::Verdict;
use crate::server::Run;

/// What the system keeps of what a client doesn't read, besides the client's own buffer.
const BUFFER_BYTES: usize = 64 * 1024;

/// A listening socket.
pub struct Peer {
    listener: TcpListener,
    /// Connections that keep the place of those that are to find none.
    _waiting: Vec<TcpStream>,
}

impl Peer {
    /// Listens on a port of 127.0.0.1 that the system chooses.
    pub fn listen() -> Self {
        Self::on((Ipv4Addr::LOCALHOST, 0).into()).expect("there is a free port")
    }

    /// Listens on `address`.
    ///
    /// # Errors
    /// The address is taken, or not of this machine.
    pub fn on(address: SocketAddr) -> io::Result<Self> {
        found::begin();
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?; // a client that doesn't come is not waited for without end
        Ok(Self { listener, _waiting: Vec::new() })
    }

    /// Listens, and answers nobody who wants to connect: its backlog is full. (Linux drops what it has no place for;
    /// other systems refuse it.)
    #[cfg(target_os = "linux")]
    pub fn never_accepts() -> Self {
        use socket2::{Domain, Socket, Type};

        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("there are descriptors left");
        let any_port: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        socket.bind(&any_port.into()).expect("there is a free port");
        socket.listen(0).expect("it is bound");
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().expect("it is bound");
        let mut waiting = Vec::new();
        let mut in_vain = 0;
        // Twice, as a busy machine can be late once.
        while in_vain < 2 {
            match TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
                Ok(stream) => waiting.push(stream),
                Err(_) => in_vain += 1,
            }
        }
        Self { listener, _waiting: waiting }
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("it is bound")
    }

    /// Waits for the submission `run` to connect.
    pub fn accept(&self, run: &Run) -> Client {
        self.try_accept(run).or_hint("connect to the host and port of the command line")
    }

    /// Like [`Peer::accept`], for a caller that goes on if it doesn't come.
    pub fn try_accept(&self, run: &Run) -> Check<Client> {
        patience::off_the_clock(|| self.accepted(run))
    }

    fn accepted(&self, run: &Run) -> Check<Client> {
        // An interpreter may have to start, on a busy machine.
        let deadline = Instant::now() + patience::start();
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false).expect("it is a TCP socket");
                    // A client that doesn't read is to be noticed soon.
                    let _ = SockRef::from(&stream).set_send_buffer_size(BUFFER_BYTES);
                    return Check::met(Client::accepted(&run.shared, stream, "server"));
                }
                Err(_) if Instant::now() < deadline && run.shared.process.exit_status().is_none() => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(_) => {
                    let detail = format!("expected a client at {}, and none has come", self.address());
                    return Check::failed(run.shared.failure(Verdict::Silent, detail));
                }
            }
        }
    }
}
