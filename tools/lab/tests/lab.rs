//! The speed lab, with measurements so short that their figures mean nothing.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;

fn lab(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(words);
    command
}

/// On a busy machine nothing is lost for want of time.
fn brief(words: &[&str]) -> Command {
    let mut command = lab(&["--seconds", "0.05", "--rounds", "2", "--connections", "1,5", "--idle", "20"]);
    command.args(words).env("GRADER_PATIENCE", "12");
    command
}

fn json(output: &[u8]) -> Value {
    serde_json::from_slice(output).expect("one object, and nothing else on standard output")
}

#[test]
fn each_workload_is_measured_in_all_rounds_without_a_loss() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("speed.html");
    let run = brief(&["2", "4", "--json", "--html"]).arg(&page).assert().code(0);
    let lab = json(&run.get_output().stdout);
    for field in ["cores", "processor", "memory_gib", "system", "rust", "load_before", "load_after"] {
        assert!(!lab["machine"][field].is_null(), "{field}");
    }
    let workloads: Vec<_> =
        lab["results"].as_array().unwrap().iter().map(|it| it["workload"].as_str().unwrap()).collect();
    assert_eq!(workloads, ["latency", "messages", "messages", "bulk", "churn", "idle", "udp"]);
    for result in lab["results"].as_array().unwrap() {
        if result["not_measured"].is_string() {
            assert!(result["workload"] == "idle" && !cfg!(target_os = "linux"), "{result}");
            continue;
        }
        let ranks = result["ranks"].as_array().unwrap();
        assert_eq!(ranks.len(), 2, "the bare loop and a step: {result}");
        for rank in ranks {
            assert_eq!(
                (&rank["failures"], rank["rounds"].as_array().unwrap().len()),
                (&0.into(), 2),
                "{rank}"
            );
            for measure in rank["measures"].as_array().unwrap() {
                for field in ["median", "min", "max"] {
                    assert!(measure["value"][field].is_number(), "{field}: {rank}");
                }
            }
        }
    }
    is_self_contained(&page);
}

/// It needs nothing from anywhere, and shows what was measured.
fn is_self_contained(page: &Path) {
    let page = fs::read_to_string(page).unwrap();
    for part in ["http", "url(", "@import", "<script", "<link", "src="] {
        assert!(!page.contains(part), "{part}");
    }
    for part in ["bare loop", "02_threaded", "04_bonus_udp", "99.9 %", "<polyline", "<rect", "light-dark("] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn the_layers_and_the_student_are_measured_as_well() {
    let run = brief(&["1", "6", "7", "8", "--workloads", "bulk,churn", "--json"]).assert().code(0);
    let lab = json(&run.get_output().stdout);
    let names: Vec<_> = lab["results"][0]["ranks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rank| rank["contestant"].clone())
        .collect();
    assert_eq!(names[1..], ["01_basic_single", "06_bonus_auth", "07_bonus_rate_limit", "08_bonus_binary"]);
}

#[test]
fn the_log_has_rows_of_its_own() {
    let run = brief(&["2", "3", "--log", "--workloads", "churn", "--json"]).assert().code(0);
    let lab = json(&run.get_output().stdout);
    let ranks = lab["results"][0]["ranks"].as_array().unwrap().iter();
    let names: Vec<_> = ranks.map(|rank| rank["contestant"].as_str().unwrap().to_owned()).collect();
    let with_log = |step: &str| [step.to_owned(), format!("{step}, with its log")];
    assert_eq!(names[1..], [with_log("02_threaded"), with_log("03_enhanced")].concat());
}

/// Which rivals there are depends on the machine; ours in Rust are always there.
#[test]
fn our_rivals_lose_nothing() {
    let run = brief(&["2", "--rivals", "--workloads", "messages,churn", "--json"]).assert();
    let lab = json(&run.get_output().stdout);
    let results = lab["results"].as_array().unwrap();
    for result in results {
        let ranks = result["ranks"].as_array().unwrap();
        for name in ["tokio", "mio (epoll)"] {
            let rank =
                ranks.iter().find(|rank| rank["contestant"] == name).unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(rank["failures"], 0, "{rank}");
        }
    }
}

#[test]
fn a_server_that_mixes_up_its_clients_is_shown_with_its_failures() {
    let words = wrong("02_threaded swaps_the_replies_of_two_clients");
    let mut command = brief(&["2", "--workloads", "messages", "--submission", &words, "--json"]);
    // A client whose reply another has got waits in vain.
    let run = command.env("GRADER_PATIENCE", "2").assert().code(1);
    let lab = json(&run.get_output().stdout);
    let ranks = &lab["results"][1]["ranks"];
    assert_eq!(ranks[1]["failures"], 0, "the reference is not to blame: {ranks}");
    assert!(ranks[2]["failures"].as_u64().unwrap() > 0, "{ranks}");
    assert!(ranks[2]["first_failure"].as_str().unwrap().starts_with("wrong: "), "{ranks}");
}

#[test]
fn a_server_that_goes_away_is_shown_with_its_failures() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("speed.html");
    let words = wrong("01_basic_single ends_after_the_first_client");
    let failed = contains("failed; the first: refused: ").or(contains("failed; the first: closed: "));
    let mut command = brief(&["2", "--workloads", "churn", "--submission", &words, "--html"]);
    command.arg(&page).assert().code(1).stdout(failed);
    assert!(fs::read_to_string(page).unwrap().contains("(failures)"));
}

#[test]
fn a_server_that_does_not_start_is_a_failure_of_its_own() {
    let failed = contains("not started").and(contains("bare loop"));
    brief(&["2", "--workloads", "churn", "--submission", "rustc --no-such-option"])
        .assert()
        .code(1)
        .stdout(failed);
}

#[test]
fn what_cannot_be_measured_is_a_sentence_and_exit_code_2() {
    for (words, sentence) in [
        (&["99"][..], "the steps are 01_basic_single"),
        (&["9"], "a client is no server"),
        (&["--seconds", "0"], "0.01 to 600"),
        (&["--rounds", "0"], "1..=100"),
        (&["--workloads", "tea"], "latency"),
        (&["--connections", "0"], "0 connections"),
        (&["--submission", "\"unclosed"], "no command line"),
        (&["--html", "/no/such/folder/x"], "cannot write"),
    ] {
        lab(words).assert().code(2).stdout(is_empty()).stderr(contains(sentence));
    }
}

/// The command line of a submission with one mistake. Cargo builds it beside the tool.
fn wrong(words: &str) -> String {
    let build = ["build", "--quiet", "--package", "submissions", "--bin", "wrong"];
    Command::new(env!("CARGO")).args(build).assert().success();
    let program: PathBuf = Path::new(env!("CARGO_BIN_EXE_lab")).with_file_name(format!("wrong{EXE_SUFFIX}"));
    let program = shlex::try_quote(program.to_str().unwrap()).unwrap().into_owned();
    format!("{program} {words}")
}
