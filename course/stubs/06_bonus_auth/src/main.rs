//! Step 06: the server of step 03, for those who know the password.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sol03_enhanced::{Echo, Lines, log_format, serve};
use support::{Args, OneLine, say};

use ex06_bonus_auth::{Auth, Password};

fn main() -> Result<(), OneLine> {
    let mut args =
        Args::new("Echoes messages to those who know the password: that in ECHO_PASSWORD, or in a file.");
    let idle_timeout =
        args.seconds("--idle-timeout", "30", "disconnect a client after this long without a byte");
    let prefix = args.text("--prefix", "", "put this before every echoed message");
    let file = args.value(
        "--password-file",
        "FILE",
        "",
        "read the password from this file, not from ECHO_PASSWORD",
        |file| Ok(file.to_owned()),
    );
    let auth_timeout =
        args.seconds("--auth-timeout", "10", "disconnect a client that hasn't told the password by then");
    let (address, password) = args.address_and(Password::find(&file));
    log_format::init();

    let messages = Arc::new(AtomicU64::new(0));
    let new_client = || {
        let echo = Echo::new(&prefix, &messages);
        (Lines::default(), Auth::new(&password, auth_timeout, echo))
    };
    let connections = serve(&address, idle_timeout, new_client)?;

    let messages = messages.load(Ordering::Relaxed);
    say!("Server stopped: {connections} connections, {messages} messages");
    Ok(())
}
