//! `cargo demo`: each scene is played to its end with the reference, and always looks the same; and what is shown of a
//! program that does otherwise.

use std::fs::{self, File};
use std::io;
#[cfg(unix)]
use std::path::Path;
use std::process;
use std::thread;

use assert_cmd::Command;
#[cfg(unix)]
use predicates::prelude::*;
use predicates::str::{contains, is_empty};

fn demo(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.args(words);
    command
}

fn mermaid(step: &str) -> String {
    let played = demo(&[step, "--mermaid", "-"]).assert().success().stderr(is_empty());
    String::from_utf8(played.get_output().stdout.clone()).expect("Mermaid is text")
}

#[test]
fn each_scene_is_played_to_its_end_and_tells_the_same_again() {
    let steps = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
    thread::scope(|scope| {
        for step in steps {
            scope.spawn(move || {
                let text = mermaid(step);
                assert!(text.starts_with("sequenceDiagram\n    participant "), "{text}");
                assert_eq!(text, mermaid(step));
            });
        }
    });
}

#[test]
fn a_pipe_gets_the_diagram_as_text_and_a_file_the_same_as_mermaid() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scene.mmd");
    let drawn = contains(r#"|---------------- "Hello\n" --------------->|"#);
    demo(&["1", "--mermaid"]).arg(&file).assert().success().stdout(drawn);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("alice->>server: #34;Hello#92;n#34;\n"), "{text}");
}

#[test]
fn a_reader_that_leaves_is_no_error_and_a_full_disk_is_one_line() {
    let shown_to = |stdout: process::Stdio| {
        let mut demo = process::Command::new(env!("CARGO_BIN_EXE_demo"));
        demo.args(["1", "--plain"]).stdout(stdout).output().unwrap()
    };
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let output = shown_to(writer.into());
    assert_eq!((output.status.code(), &output.stderr[..]), (Some(0), &b""[..]), "{output:?}");
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let output = shown_to(full.into());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    }
}

#[test]
fn what_cannot_be_shown_is_exit_code_2() {
    demo(&["99"]).assert().code(2).stderr(contains("the steps are 01_basic_single"));
    demo(&["1", "--pace", "soon"]).assert().code(2).stderr(contains("a number from 0"));
    demo(&["1", "--submission", "no-such-program"]).assert().code(2).stderr(contains("no-such-program"));
    demo(&["1", "--mermaid", "/no/such/folder/x"]).assert().code(2).stderr(contains("cannot write"));
}

/// The solution of step 01, which serves one client at a time.
#[cfg(unix)]
fn one_at_a_time() -> String {
    demo(&["1"]).assert().success(); // it is built now
    let target =
        Path::new(env!("CARGO_BIN_EXE_demo")).ancestors().nth(2).expect("it is in a folder of cargo's");
    target.join("debug/01_basic_single_solution").display().to_string()
}

#[cfg(unix)]
#[test]
fn what_goes_otherwise_is_shown_with_what_was_expected() {
    let server = one_at_a_time();
    let expected = r#"silent: expected "Hello\n","#;
    let report = contains("expected \"Hello\\n\", received nothing").and(contains("panicked").not());
    demo(&["2", "--submission", &server]).assert().code(1).stdout(contains(expected)).stderr(report);
}

#[cfg(unix)]
#[test]
fn nothing_is_left_of_a_program_that_does_not_listen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    let script = format!(
        "sh -c 'echo $$ > {}; echo \"Server listening on localhost:1...\"; sleep 600'",
        file.display()
    );
    demo(&["1", "--submission", &script]).assert().code(1).stderr(contains("never listened"));
    let id = fs::read_to_string(&file).unwrap();
    let group = format!("-{}", id.trim());
    let is_gone =
        || !std::process::Command::new("kill").args(["-0", "--", &group]).output().unwrap().status.success();
    assert!(grader::patience::eventually(is_gone), "group {group} still runs");
}

/// On a terminal: keys, and the terminal as it was in the end.
#[cfg(unix)]
#[test]
fn the_audience_goes_on_by_key() {
    let server = one_at_a_time();
    let demo = vec![env!("CARGO_BIN_EXE_demo").into()];
    let submission = grader::Submission::of_program("01_basic_single", demo);
    let seat = submission.address(["1", "--submission", &server, "--pace", "0"]).start_on_a_terminal();
    let shows = |text: &'static str| {
        seat.expect_row(text, |row| row.contains(text)).or_hint("the screen is drawn");
    };
    shows("starts: 01_basic_single");
    shows("[space] next");
    seat.type_in(" ");
    shows("bind and listen");
    seat.type_in("a");
    shows("The end.");
    seat.type_in("q");
    seat.expect_exit(0).or_hint("q ends it");
    seat.expect_cooked().or_hint("the terminal is put back");
    shows("One at a time");
}

/// Runs it on a terminal by a line of the shell, in which $0 is its name.
#[cfg(unix)]
fn on_a_terminal(line: &str) -> grader::Seat {
    demo(&["1"]).assert().success(); // it is built now
    let words = ["sh", "-c", line, env!("CARGO_BIN_EXE_demo")].map(Into::into);
    grader::Submission::of_program("01_basic_single", words.into()).address([]).start_on_a_terminal()
}

#[cfg(unix)]
#[test]
fn a_narrow_terminal_gets_a_list() {
    let seat = on_a_terminal("stty columns 60; exec \"$0\" 1 --pace 0");
    let shows = |text: &'static str| {
        seat.expect_row(text, |row| row.contains(text)).or_hint("the screen is drawn");
    };
    shows("[space] next");
    seat.type_in("a");
    shows("The end.");
    shows("bob -> server: FIN (end of sending)");
    seat.type_in("q");
    seat.expect_exit(0).or_hint("q ends it");
}

#[cfg(unix)]
#[test]
fn a_dumb_terminal_gets_text() {
    let seat = on_a_terminal("TERM=dumb exec \"$0\" 1");
    for text in ["starts: 01_basic_single", "nothing comes back", "One at a time"] {
        seat.expect_row(text, |row| row.contains(text)).or_hint("the diagram is printed");
    }
    seat.expect_exit(0).or_hint("it needs no key");
    let lines = seat.stderr().lines();
    assert!(!lines.iter().any(|line| line.contains(" [?") || line.contains(" [K")), "{lines:?}");
}
