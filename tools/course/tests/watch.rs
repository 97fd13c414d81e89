//! `cargo course watch` on a terminal.
#![cfg(unix)]

use std::ffi::OsString;

use grader::{Seat, Submission};

/// Watches step 04, which a student may have solved or not.
fn watch(variable: &str) -> Seat {
    let course = env!("CARGO_BIN_EXE_course");
    // What takes long is done before anybody waits for it.
    std::process::Command::new(course).args(["grade", "4"]).output().unwrap();
    let words = ["env", variable, course, "watch"].map(OsString::from);
    let seat = Submission::of_program("04_bonus_udp", words.into()).address(["4"]).start_on_a_terminal();
    shows(&seat, "tests pass, in");
    shows(&seat, "[q] quit");
    seat
}

fn shows(seat: &Seat, text: &str) {
    seat.expect_row(text, |row| row.contains(text)).or_hint("the screen is drawn");
}

/// What was written, where a space stands for the first byte of an escape sequence.
fn has_sequence(seat: &Seat, sequence: &str) -> bool {
    seat.stderr().lines().iter().any(|line| line.contains(sequence))
}

#[test]
fn a_key_is_enough_and_the_terminal_is_put_back() {
    let seat = watch("NO_COLOR=1");
    seat.type_in("c");
    shows(&seat, "docs/src/04_bonus_udp.md");
    seat.type_in("q");
    seat.expect_exit(0).or_hint("q ends it");
    seat.expect_cooked().or_hint("the terminal is put back");
    assert!(has_sequence(&seat, " [2J"), "the screen is cleared");
}

#[test]
fn a_dumb_terminal_gets_lines_and_gives_lines() {
    let seat = watch("TERM=dumb");
    shows(&seat, "followed by Enter");
    seat.expect_cooked().or_hint("a dumb terminal stays as it is");
    seat.type_in("c\n");
    shows(&seat, "docs/src/04_bonus_udp.md");
    seat.type_in("q\n");
    seat.expect_exit(0).or_hint("q ends it");
    for sequence in [" [2J", " [1;1H", " [K", " [31m"] {
        assert!(!has_sequence(&seat, sequence), "{sequence}: {:?}", seat.stderr().lines());
    }
}
