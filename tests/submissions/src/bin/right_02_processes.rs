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
    use std::net::{SocketAddr, TcpStream};
    use std::os::fd::{AsFd, OwnedFd};
    use std::process::{Child, Command};
    use std::thread;
    use std::time::Duration;

    use anyhow::Result;
    use submissions::{Screen, announce, command_line, listen};
    use support::complain;

    /// The environment variable that names the client to a child.
    const PEER: &str = "ECHO_PEER";

    pub fn main() -> Result<()> {
        let (address, quiet) = command_line("Echoes every byte back, to any number of clients at once.");
        if let Ok(peer) = env::var(PEER) {
            return serve(&Screen { quiet, peer: peer.parse()?, named: true });
        }

        let listener = listen(&address)?;
        announce(&address, listener.local_addr()?);
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
    fn serve(screen: &Screen) -> Result<()> {
        let client = TcpStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        screen.connected();
        if let Err(error) = echo(client, screen) {
            complain!("Lost {}: {error}", screen.peer);
        }
        screen.closed();
        Ok(())
    }

    /// Sends back every byte, until the client has sent its last.
    fn echo(mut client: TcpStream, screen: &Screen) -> io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            let count = client.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            screen.received(&buffer[..count]);
            client.write_all(&buffer[..count])?;
            screen.echoed(&buffer[..count]);
        }
    }
}
