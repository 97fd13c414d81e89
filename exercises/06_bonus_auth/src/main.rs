//! Step 06: the server of step 03, for clients that know the password.

use sol03_enhanced::{Echo, Lines, service};
use support::{Args, OneLine};

use ex06_bonus_auth::{Auth, Password};

fn main() -> Result<(), OneLine> {
    let mut args = Args::new(
        "Echoes messages to clients that know the password, which is in ECHO_PASSWORD or in a file.",
    );
    let idle_timeout = service::idle_timeout(&mut args);
    let prefix = service::prefix(&mut args);
    let file = args.value(
        "--password-file",
        "FILE",
        "",
        "read the password from this file, not from ECHO_PASSWORD",
        |file| Ok(file.to_owned()),
    );
    let auth_timeout =
        args.seconds("--auth-timeout", "10", "disconnect a client that hasn't sent the password by then");
    let (address, password) = args.address_and(Password::find(&file));

    service::run(&address, idle_timeout, |messages| {
        (Lines::default(), Auth::new(&password, auth_timeout, Echo::new(&prefix, messages)))
    })
}
