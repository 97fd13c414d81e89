//! The course's own programs, for tests that need a right server or a tool.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::submission::{Submission, course_folder};

/// The solution of `step`, whatever is graded.
pub fn reference(step: &'static str) -> Submission {
    Submission::of_program(step, vec![solution(step).into()])
}

/// The program of a solution; or the one in the folder `GRADER_REFERENCES`, for a grader that has built it already.
pub fn solution(step: &str) -> PathBuf {
    let name = format!("{step}_solution");
    match env::var_os("GRADER_REFERENCES") {
        Some(folder) => PathBuf::from(folder).join(name + env::consts::EXE_SUFFIX),
        None => program(&format!("sol{step}"), &name),
    }
}

/// The program `name` of a package of the course. It is built when it is first asked for.
pub fn program(package: &str, name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    BUILT.lock().unwrap().entry(name.to_owned()).or_insert_with(|| build(package, name)).clone()
}

fn build(package: &str, name: &str) -> PathBuf {
    // These tests run from target/debug/deps.
    let own = env::current_exe().expect("the system knows what it runs");
    let target = own.ancestors().nth(3).expect("it is in a folder of cargo's");
    let output = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--quiet", "--package", package, "--bin", name, "--target-dir"])
        .arg(target)
        .current_dir(course_folder())
        .stdin(Stdio::null())
        .output()
        .expect("cargo runs the tests");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    target.join("debug").join(name.to_owned() + env::consts::EXE_SUFFIX)
}
