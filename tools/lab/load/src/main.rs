//! Takes one load as JSON, puts it on its server, and prints what came of it as JSON.

use std::env;
use std::process::ExitCode;

use load::Load;

fn main() -> ExitCode {
    match serde_json::from_str::<Load>(&env::args().nth(1).unwrap_or_default()) {
        Ok(load) => {
            println!("{}", serde_json::to_string(&load.run()).expect("an outcome has no map with odd keys"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("Error: the only argument must be a load as JSON: {error}");
            ExitCode::from(2)
        }
    }
}
