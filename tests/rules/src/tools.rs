//! Programs that some tests would like to use. A plain `cargo test` needs none of them.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// Finds out whether this machine has `program`. If not, the test that asks has to skip what needs it: the program is
/// named once per run, in the file `MISSING_TOOLS` for a script that names all of them at its end, or else on standard
/// error. In the project's CI, which sets `REQUIRE_TOOLS`, a missing program fails the test instead.
pub fn has(program: &'static str) -> bool {
    static MISSING: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    if is_installed(program) {
        return true;
    }
    assert!(env::var_os("REQUIRE_TOOLS").is_none(), "{program} is not installed, and REQUIRE_TOOLS is set");
    if MISSING.lock().unwrap().insert(program) {
        report(program).expect("the missing program can be reported");
    }
    false
}

fn report(program: &str) -> io::Result<()> {
    match env::var_os("MISSING_TOOLS") {
        Some(path) => writeln!(File::options().append(true).create(true).open(path)?, "{program}"),
        // Not eprintln!, which the test harness captures.
        None => writeln!(io::stderr(), "Skipped, because {program} is not installed: the tests that use it"),
    }
}

fn is_installed(program: &str) -> bool {
    // The pages use -N, which only OpenBSD's nc knows.
    if program == "nc" {
        return output_of("nc", "-h").is_some_and(|help| help.contains("OpenBSD"));
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// What a program prints on both streams, if it can be started.
fn output_of(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}
