//! What the aliases `cargo course`, `cargo demo`, `cargo class` and `cargo lab` run: `start TOOL ARGUMENTS...` builds the
//! tool, reports how far the build is, and runs it. Cargo alone would either compile in silence or print a line per crate.

use std::env::{self, consts::EXE_SUFFIX};
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(tool) = arguments.next().and_then(|tool| tool.into_string().ok()) else {
        return fail("usage: start TOOL [ARGUMENTS...]");
    };
    let program = match build(&tool) {
        Ok(program) => program,
        Err(reason) => return fail(&format!("cargo {tool} can't be built: {reason}")),
    };
    let error = match run(&program, arguments.collect()) {
        Ok(code) => return code,
        Err(error) => error,
    };
    fail(&format!("cannot start {}: {error}", program.display()))
}

/// Builds the package `tool`, and returns its program.
fn build(tool: &str) -> Result<PathBuf, String> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name(format!("{tool}{EXE_SUFFIX}"));
    let is_screen = io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb");
    let mut progress = Progress { tool, crates: 0, is_screen };
    if !program.exists() {
        progress.announce();
    }
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--color=never", "--package", tool])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut printed = String::new();
    let lines = BufReader::new(cargo.stderr.take().expect("it is piped")).lines();
    for line in lines.map_while(Result::ok) {
        progress.note(&line);
        printed = printed + &line + "\n";
    }
    progress.end();
    let status = cargo.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(program) } else { Err(format!("{status}\n{printed}")) }
}

/// How far the build is, for somebody who waits.
struct Progress<'a> {
    tool: &'a str,
    crates: usize,
    is_screen: bool,
}

impl Progress<'_> {
    fn announce(&self) {
        let _ = writeln!(
            io::stderr(),
            "Building cargo {}. The first time takes about half a minute ...",
            self.tool
        );
    }

    /// Takes a line of cargo's, such as `   Compiling serde v1.0.228`.
    fn note(&mut self, line: &str) {
        let Some(("Compiling", package)) = line.trim_start().split_once(' ') else { return };
        self.crates += 1;
        if self.is_screen {
            let name = package.split(' ').next().unwrap_or_default();
            let _ = write!(io::stderr(), "\r\x1b[K{} crates, now {name} ", self.crates);
        }
    }

    fn end(&self) {
        if self.is_screen && self.crates > 0 {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Takes the program's place, so that keys and signals go to it.
#[cfg(unix)]
fn run(program: &PathBuf, arguments: Vec<OsString>) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(Command::new(program).args(arguments).exec())
}

#[cfg(not(unix))]
fn run(program: &PathBuf, arguments: Vec<OsString>) -> io::Result<ExitCode> {
    let status = Command::new(program).args(arguments).status()?;
    Ok(ExitCode::from(status.code().and_then(|code| code.try_into().ok()).unwrap_or(1)))
}

fn fail(reason: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "Error: {reason}");
    ExitCode::from(2)
}
