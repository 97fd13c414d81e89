//! Step 09: the client. A conversation by hand, a test of three messages, a file there and back.

mod command_line;
mod connect;
mod cooked;
mod interactive;
mod keyboard;
mod listen;
mod self_test;
mod send;

use std::process::ExitCode;

use support::OneLine;

use command_line::Mode;
use connect::connect;
use send::Upload;

fn main() -> Result<ExitCode, OneLine> {
    let (address, mode) = command_line::take();
    let well = match mode {
        Mode::Interactive => {
            interactive::run(connect(&address)?, &address)?;
            true
        }
        Mode::Test => self_test::run(&connect(&address)?),
        Mode::Send(file) => {
            let upload = Upload::of(&file)?; // a file that can't be read is no reason to connect
            upload.run(&connect(&address)?)?
        }
    };
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
