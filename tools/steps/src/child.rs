//! Programs that are run within limits, to their end, to a deadline, or as long as they are needed.

use std::ffi::OsStr;
use std::process::Command;

pub use grader::process::{Finished, Process, run};

/// No file may become larger than 256 MiB, in blocks of 512 bytes, so that no mistake fills the disk at one go.
pub const FILES: &str = "ulimit -S -f 524288; ";

/// No process may reserve more than four gibibytes of memory, in kibibytes. macOS knows no such limit.
pub const MEMORY: &str = "ulimit -v 4194304 2>/dev/null; ";

/// As many files and sockets as the system lets a user open.
pub const DESCRIPTORS: &str = "ulimit -S -n $(ulimit -H -n) 2>/dev/null; ";

/// A command for `program` that keeps to these limits, as does what it starts. On Windows there are none.
pub fn limited(program: impl AsRef<OsStr>, limits: &[&str]) -> Command {
    if cfg!(unix) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &(limits.concat() + "exec \"$0\" \"$@\"")]).arg(program);
        shell
    } else {
        Command::new(program)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn no_file_grows_beyond_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = limited("sh", &[FILES]);
        let script = "dd if=/dev/zero of=large bs=1048576 seek=255 count=2";
        command.args(["-c", script]).current_dir(&folder);
        run(command, Instant::now() + Duration::from_secs(60)).unwrap();
        assert_eq!(folder.path().join("large").metadata().unwrap().len(), 256 << 20);
    }
}
