//! Criteria that are ended before they are done leave nothing of their submission behind.

use std::process::{Child, Stdio};
use std::time::Duration;

use grader::patience;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::grade::{Busy, criteria, program};
use crate::hostile::left_processes;

/// By then something has happened, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn criteria_that_are_interrupted_leave_nothing() {
    leave_nothing_after("SIGINT", |criteria| send(criteria, Signal::SIGINT));
}

#[test]
fn criteria_that_are_terminated_leave_nothing() {
    leave_nothing_after("SIGTERM", |criteria| send(criteria, Signal::SIGTERM));
}

/// As behind `| head -1`.
#[test]
fn criteria_that_nobody_reads_leave_nothing() {
    leave_nothing_after("closed", |criteria| drop(criteria.stdout.take()));
}

/// The submission leaves the process group, too.
fn leave_nothing_after(name: &str, end: impl FnOnce(&mut Child)) {
    let _busy = Busy::one();
    let mark = format!("ended {name} {}", std::process::id());
    let submission = format!("{} moves_to_a_new_session", program(env!("CARGO_BIN_EXE_hostile")));
    let mut criteria = criteria("02_threaded", &submission);
    criteria.env("HOSTILE_MARK", &mark).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut criteria = criteria.spawn().expect("cargo has built the criteria");
    within_the_deadline(|| left_processes(&mark).is_some_and(|running| running.contains("never_binds")));
    end(&mut criteria);
    within_the_deadline(|| criteria.try_wait().expect("it is our child").is_some());
    assert_eq!(left_processes(&mark), None);
}

fn send(criteria: &Child, signal: Signal) {
    kill(Pid::from_raw(criteria.id().cast_signed()), signal).expect("it runs");
}

fn within_the_deadline(is_so: impl FnMut() -> bool) {
    assert!(patience::eventually_within(DEADLINE, is_so), "it took too long");
}
