//! What the command line asks for, and the address that is bound for it.

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Result;
use support::{Address, Args, say};
use tokio::net::TcpSocket;

use super::Fault;
use crate::wrong::common;

/// What the server is told to do.
pub struct Settings {
    pub address: Address,
    pub idle_timeout: Duration,
    pub prefix: String,
}

pub fn parse(fault: Fault, words: Vec<OsString>) -> Settings {
    let mut args = Args::from("Echoes messages, with one mistake.", words);
    let idle_timeout = idle_timeout(fault, &mut args);
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    Settings { address: args.address(), idle_timeout, prefix }
}

fn idle_timeout(fault: Fault, args: &mut Args) -> Duration {
    const NAME: &str = "--idle-timeout";
    const HELP: &str = "disconnect a client after this long without a byte";
    const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    if fault.is("accepts_an_idle_timeout_of_zero") {
        let parse = |text: &str| {
            let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            time.ok_or_else(|| "it must be a number".to_owned())
        };
        let time = args.value(NAME, "SECONDS", "30", HELP, parse);
        return if time.is_zero() { A_YEAR } else { time };
    }
    if fault.is("takes_whole_seconds_only") {
        return args.value(NAME, "SECONDS", "30", HELP, |text| match text.parse() {
            Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
            _ => Err("it must be a whole number above 0".to_owned()),
        });
    }
    let default = if fault.is("has_another_default_timeout") { "60" } else { "30" };
    args.seconds(NAME, default, HELP)
}

pub fn listen(fault: Fault, address: &Address) -> Result<TcpListener> {
    common::bind(fault.0, address, |found| match fault {
        // Port 8080 may have been another submission's a moment ago.
        Fault("does_not_reuse_the_address") if found.port() != 8080 => bind_without_reuse(found),
        _ => TcpListener::bind(found),
    })
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
    if fault.is("names_localhost_for_127_0_0_1") && got.ip() == Ipv4Addr::LOCALHOST {
        return say!("Server listening on localhost:{}...", got.port());
    }
    support::announce(asked, got);
}
