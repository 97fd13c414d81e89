//! Step 02 with a process for each client, as inetd has it: the child is this program again, and the client's socket is
//! its standard input.

#[cfg(unix)]
fn main() -> anyhow::Result<()> {
    unix::main()
}

#[cfg(not(unix))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("only Unix hands a socket to a child as its standard input")
}

#[cfg(unix)]
mod unix {
    use std::env;
    use std::io::{self, Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::os::fd::{AsFd, OwnedFd};
    use std::process::{Child, Command};
    use std::thread;
    use std::time::Duration;

    use anyhow::{Result, anyhow};
    use support::{Args, complain, printable, say};

    /// The environment variable that tells a child whom it serves.
    const PEER: &str = "ECHO_PEER";

    pub fn main() -> Result<()> {
        let mut args = Args::new("Echoes every byte back, to any number of clients at a time.");
        let quiet = args.flag("--quiet", "leave out the lines Received and Echoed");
        let address = args.address();
        if let Ok(peer) = env::var(PEER) {
            return serve(&peer, quiet);
        }

        let listener = address
            .resolve()
            .and_then(TcpListener::bind)
            .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
        support::announce(&address, listener.local_addr()?);

        let mut children: Vec<Child> = Vec::new();
        loop {
            let child = listener.accept().and_then(|(client, peer)| start(client, peer));
            // A child that has ended is a zombie until it is waited for.
            children.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
            match child {
                Ok(child) => children.push(child),
                Err(error) => {
                    complain!("Cannot serve a client: {error}");
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    /// Starts the process that serves a client. It gets the same command line.
    fn start(client: TcpStream, peer: SocketAddr) -> io::Result<Child> {
        let mut command = Command::new(env::current_exe()?);
        command.args(env::args_os().skip(1)).env(PEER, peer.to_string()).stdin(OwnedFd::from(client)).spawn()
    }

    /// One client's whole visit.
    fn serve(peer: &str, quiet: bool) -> Result<()> {
        let client = TcpStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        say!("Connection from {peer}");
        if let Err(error) = echo(client, peer, quiet) {
            complain!("Lost {peer}: {error}");
        }
        say!("Connection closed: {peer}");
        Ok(())
    }

    /// Sends back every byte, until the client has sent its last.
    fn echo(mut client: TcpStream, peer: &str, quiet: bool) -> io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            let count = client.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            let bytes = &buffer[..count];
            if !quiet {
                say!("Received from {peer}: {}", printable(bytes));
            }
            client.write_all(bytes)?;
            if !quiet {
                say!("Echoed to {peer}: {}", printable(bytes));
            }
        }
    }
}
