//! What the command line asks for, and the address that is bound for it.

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::time::Duration;

use anyhow::{Result, anyhow};
use support::{Address, Args, say};
use tokio::net::TcpSocket;

use super::Fault;

const OPTIONS: [&str; 3] = ["--idle-timeout", "--prefix", "--help"];

/// What the server is told to do.
pub struct Settings {
    pub address: Address,
    pub idle_timeout: Duration,
    pub prefix: String,
}

pub fn parse(fault: Fault, words: Vec<OsString>) -> Settings {
    if fault.is("help_without_an_example") && words.contains(&"--help".into()) {
        say!("Usage: [[HOST] PORT] [--idle-timeout SECONDS] [--prefix TEXT]; the default timeout is 30");
        process::exit(0);
    }
    let mut args = Args::from("Echoes messages, with one mistake.", rewritten(fault, words));
    let idle_timeout = idle_timeout(fault, &mut args);
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    let mut address = args.address();
    if fault.is("port_is_ignored") {
        address.port = 0;
    }
    Settings { address, idle_timeout, prefix }
}

/// The words as a mistaken parser understands them.
fn rewritten(fault: Fault, mut words: Vec<OsString>) -> Vec<OsString> {
    let is_option = |word: &OsString| word.to_string_lossy().starts_with("--");
    let arguments = words.iter().take_while(|word| !is_option(word)).count();
    if fault.is("default_port_is_4444") && arguments == 0 {
        words.insert(0, "4444".into());
    }
    if fault.is("wrong_port_counts_as_8080") && arguments == 1 {
        let port: u16 = words[0].to_string_lossy().parse().unwrap_or(8080);
        words[0] = port.to_string().into();
    }
    if fault.is("surplus_arguments_are_ignored") && arguments > 2 {
        words.truncate(2);
    }
    if fault.is("unknown_options_are_ignored") {
        words.retain(|word| !is_option(word) || OPTIONS.iter().any(|option| word == option));
    }
    words
}

fn idle_timeout(fault: Fault, args: &mut Args) -> Duration {
    const NAME: &str = "--idle-timeout";
    const HELP: &str = "disconnect a client after this long without a byte";
    const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    if fault.is("idle_timeout_of_zero_is_accepted") {
        let parse = |text: &str| {
            let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            time.ok_or_else(|| "it must be a number".to_owned())
        };
        let time = args.value(NAME, "SECONDS", "30", HELP, parse);
        return if time.is_zero() { A_YEAR } else { time };
    }
    if fault.is("idle_timeout_in_whole_seconds") {
        return args.value(NAME, "SECONDS", "30", HELP, |text| match text.parse() {
            Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
            _ => Err("it must be a whole number above 0".to_owned()),
        });
    }
    let default = if fault.is("idle_timeout_is_a_minute_unless_told") { "60" } else { "30" };
    args.seconds(NAME, default, HELP)
}

pub fn listen(fault: Fault, address: &Address) -> Result<TcpListener> {
    let cannot_listen = |error| anyhow!("cannot listen on {address}: {error}");
    let found = match address.resolve() {
        Err(_) if fault.is("unknown_host_becomes_localhost") => (Ipv4Addr::LOCALHOST, address.port).into(),
        found => found.map_err(cannot_listen)?,
    };
    let bound = match fault {
        Fault("port_is_not_free_again") => bind_without_reuse(found),
        _ => TcpListener::bind(found),
    };
    if fault.is("panics_when_the_port_is_taken") {
        return Ok(bound.expect("the port is free"));
    }
    bound.map_err(cannot_listen)
}

/// `TcpListener::bind` sets `SO_REUSEADDR`, a socket made by hand has it not.
fn bind_without_reuse(address: SocketAddr) -> io::Result<TcpListener> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(address)?;
    let listener = socket.listen(1024)?.into_std()?;
    listener.set_nonblocking(false)?;
    Ok(listener)
}

pub fn announce(fault: Fault, asked: &Address, got: SocketAddr) {
    if fault.is("calls_itself_localhost") && got.ip() == Ipv4Addr::LOCALHOST {
        return say!("Server listening on localhost:{}...", got.port());
    }
    if fault.is("ipv6_without_brackets") {
        return say!("Server listening on {}:{}...", asked.host, got.port());
    }
    support::announce(asked, got);
}
