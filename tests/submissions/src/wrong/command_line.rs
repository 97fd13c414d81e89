//! The command line, the address and the first line, with the mistakes that can be made there in every step.

use std::ffi::OsString;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::mem;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Result, anyhow};
use support::{Address, Args, complain, say};

use super::{exit, it, mistake};

/// Takes the address and `--quiet` from the command line.
pub fn parse(about: &'static str, mut words: Vec<OsString>) -> (Address, bool) {
    misread(&mut words);
    let mut args = Args::from(about, words);
    let quiet = args.flag("--quiet", "leave out the lines about what came and went");
    (address(args), quiet && !it("ignores_quiet"))
}

/// Takes the address, after the step's own options.
pub fn address(args: Args) -> Address {
    let mut address = args.address();
    match mistake() {
        "ignores_the_port" => address.port = 0,
        "ignores_the_host" => address.host = "localhost".into(),
        _ => {}
    }
    address
}

/// What a mistake makes of the words before they are understood.
fn misread(words: &mut Vec<OsString>) {
    const USAGE: &str = "Usage: echo [[HOST] PORT] [options]";
    let wrong = !is_right(words);
    match mistake() {
        "has_another_default_port" if words.is_empty() => words.push("0".into()),
        "takes_any_word_for_a_port" if words.len() == 1 && wrong => words[0] = "0".into(),
        "ignores_further_arguments" if words.len() > 2 => *words = vec!["0".into()],
        "ignores_unknown_options" => {
            words.retain(|word| is_known(word) || !word.to_string_lossy().starts_with("--"));
        }
        "panics_at_a_wrong_port" if words.len() == 1 && wrong => panic!("called unwrap() on ParseIntError"),
        "has_no_help" if words.iter().any(|word| word == "--help") => {
            complain!("Error: there is no option \"--help\"\n{USAGE}");
            exit(2);
        }
        "prints_its_usage_on_standard_output" if wrong => {
            say!("Error: the command line is wrong\n{USAGE}");
            exit(2);
        }
        "ends_with_code_0_on_a_wrong_command_line" if wrong => {
            complain!("Error: the command line is wrong\n{USAGE}");
            exit(0);
        }
        _ => {}
    }
}

/// Whether the command line is right, except for a host that may be unknown.
fn is_right(words: &[OsString]) -> bool {
    let address: Vec<_> =
        words.iter().filter(|word| !is_known(word)).map(|word| word.to_string_lossy()).collect();
    let port = address.last().is_none_or(|port| port.parse::<u16>().is_ok());
    port && address.len() <= 2 && !address.iter().any(|word| word.starts_with('-'))
}

fn is_known(option: &OsString) -> bool {
    option == "--help" || option == "--quiet"
}

/// Listens for clients.
pub fn listen(address: &Address) -> Result<TcpListener> {
    bind(address, |found| match mistake() {
        // Port 8080 may have been another submission's a moment ago.
        "does_not_reuse_the_address" if found.port() != 8080 => listen_without_reuse(found),
        _ => TcpListener::bind(found),
    })
}

/// Like `TcpListener::bind`, but without the option `SO_REUSEADDR`: while an old connection to the port fades away, the
/// port can't be bound.
fn listen_without_reuse(address: SocketAddr) -> io::Result<TcpListener> {
    use tokio::net::TcpSocket;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(address)?;
    let listener = socket.listen(1024)?.into_std()?;
    listener.set_nonblocking(false)?;
    Ok(listener)
}

/// Binds a socket of any kind to the address.
pub fn bind<S>(address: &Address, bind: impl Fn(SocketAddr) -> io::Result<S>) -> Result<S> {
    let bound = resolve(address).and_then(|found| match bind(found) {
        Err(error) if it("panics_when_the_port_is_taken") => panic!("called unwrap() on {error}"),
        Err(_) if it("takes_another_port_when_one_is_taken") => bind(SocketAddr::new(found.ip(), 0)),
        bound => bound,
    });
    bound.map_err(|error| match mistake() {
        "says_an_error_in_several_lines" => {
            anyhow!("cannot listen on {address}\n\nCaused by:\n    {error}")
        }
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}

fn resolve(address: &Address) -> io::Result<SocketAddr> {
    match address.resolve() {
        Ok(found) if it("knows_only_ipv4") && found.is_ipv6() => {
            Err(io::Error::new(ErrorKind::InvalidInput, "invalid IPv4 address"))
        }
        Ok(found) if it("listens_on_all_addresses") && found.is_ipv4() => {
            Ok((Ipv4Addr::UNSPECIFIED, found.port()).into())
        }
        Err(_) if it("takes_an_unknown_host_for_localhost") => Ok((Ipv4Addr::LOCALHOST, address.port).into()),
        found => found,
    }
}

/// Prints the first line.
pub fn announce(asked: &Address, got: SocketAddr) {
    let port = got.port();
    match mistake() {
        "names_the_port_that_was_asked_for" => say!("Server listening on {asked}..."),
        "names_another_host" => say!("Server listening on localhost:{port}..."),
        "names_localhost_for_127_0_0_1" if got.ip() == Ipv4Addr::LOCALHOST => {
            say!("Server listening on localhost:{port}...");
        }
        "does_not_flush_the_first_line" => {
            let mut screen = BufWriter::new(io::stdout());
            let _ = writeln!(screen, "Server listening on {}:{port}...", asked.host);
            mem::forget(screen);
        }
        _ => support::announce(asked, got),
    }
}
