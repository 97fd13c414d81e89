//! The course's own solutions, for criteria that need a right server.

use std::collections::HashMap;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::submission::{Submission, course_folder};

/// The solution of `step`, whatever is graded.
pub fn reference(step: &'static str) -> Submission {
    Submission::of_program(step, vec![solution(step).into()])
}

/// The program of a solution. It is built when it is first asked for; or it is in the folder `GRADER_REFERENCES`, for a
/// grader that has built it already.
pub fn solution(step: &str) -> PathBuf {
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap();
    built.get_or_insert_default().entry(step.to_owned()).or_insert_with(|| build(step)).clone()
}

fn build(step: &str) -> PathBuf {
    // These criteria run from target/debug/deps.
    let own = env::current_exe().expect("the system knows what it runs");
    let target = own.ancestors().nth(3).expect("it is in a folder of cargo's");
    let name = format!("{step}_solution");
    if let Some(folder) = env::var_os("GRADER_REFERENCES") {
        return PathBuf::from(folder).join(name + env::consts::EXE_SUFFIX);
    }
    let output = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--quiet", "--package", &format!("sol{step}"), "--bin", &name, "--target-dir"])
        .arg(target)
        .current_dir(course_folder())
        .stdin(Stdio::null())
        .output()
        .expect("cargo runs the criteria");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    target.join("debug").join(name + env::consts::EXE_SUFFIX)
}
