//! The speed lab, with measurements so short that their figures mean nothing.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;

/// Not where the figures of real runs are.
const SAVED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/lab.json");

fn lab(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(words);
    command
}

/// On a busy machine nothing is lost for want of time.
fn brief(words: &[&str]) -> Command {
    let mut command = lab(&["--seconds", "0.05", "--rounds", "2", "--connections", "1,5", "--idle", "20"]);
    command.args(["--save", SAVED]);
    command.args(words).env("GRADER_PATIENCE", "12");
    command
}

/// One that is started, not only run.
fn churn(saved: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(["2", "--seconds", "0.05", "--rounds", "1", "--workloads", "churn", "--save"]).arg(saved);
    command
}

fn json(output: &[u8]) -> Value {
    serde_json::from_slice(output).expect("one object, and nothing else on standard output")
}

fn ranks(result: &Value) -> &Vec<Value> {
    result["ranks"].as_array().unwrap()
}

fn names(result: &Value) -> Vec<&str> {
    ranks(result).iter().map(|rank| rank["contestant"].as_str().unwrap()).collect()
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
    assert_eq!((&lab["planned"], &lab["interrupted"]), (&lab["measured"], &false.into()));
    let results = lab["results"].as_array().unwrap();
    let workloads: Vec<_> = results.iter().map(|it| it["workload"].as_str().unwrap()).collect();
    assert_eq!(workloads, ["latency", "messages", "messages", "bulk", "churn", "idle", "udp"]);
    for result in results {
        if result["not_measured"].is_string() {
            assert!(result["workload"] == "idle" && !cfg!(target_os = "linux"), "{result}");
            continue;
        }
        assert_eq!(ranks(result).len(), 2, "the bare loop and a step: {result}");
        for rank in ranks(result) {
            assert_eq!(
                (&rank["failures"], rank["rounds"].as_array().unwrap().len()),
                (&0.into(), 2),
                "{rank}"
            );
            // On a machine that is busy enough, nothing comes back in so short a time.
            let has_figures = rank["rounds"].as_array().unwrap().iter().any(|round| round["count"] != 0);
            for measure in rank["measures"].as_array().unwrap() {
                for field in ["median", "min", "max"] {
                    assert_eq!(measure["value"][field].is_number(), has_figures, "{rank}");
                }
            }
        }
    }
    is_self_contained(&fs::read_to_string(page).unwrap());
}

/// The page needs nothing from anywhere, and shows what was measured.
fn is_self_contained(page: &str) {
    for part in ["http", "url(", "@import", "<script", "<link", "src=", "Interrupted", "Unfinished"] {
        assert!(!page.contains(part), "{part}");
    }
    for part in
        ["bare loop", "02_threaded", "04_bonus_udp", "99.9 %", "<polyline", "class=\"spread\"", "light-dark("]
    {
        assert!(page.contains(part), "{part}");
    }
    let plots: Vec<_> = page.split("<svg").filter(|part| part.contains("role=\"img\"")).collect();
    assert!(plots.len() >= 5, "{}", plots.len());
    for plot in plots {
        assert!(plot.matches("class=\"tick\"").count() >= 4, "{plot}");
    }
}

#[test]
fn step_01_the_layers_and_the_log_have_rows_of_their_own() {
    let run = brief(&["1", "6", "7", "8", "--log", "--workloads", "bulk,churn", "--json"]).assert().code(0);
    let lab = json(&run.get_output().stdout);
    let steps = ["01_basic_single", "06_bonus_auth", "07_bonus_rate_limit", "08_bonus_binary"];
    let with_log = steps.map(|step| [step.to_owned(), format!("{step}, with its log")]);
    assert_eq!(names(&lab["results"][0])[1..], with_log.concat());
}

/// Which rivals there are depends on the machine; ours in Rust are always there.
#[test]
fn our_rivals_lose_nothing() {
    let run = brief(&["2", "--rivals", "--workloads", "messages,churn", "--json"]).assert();
    let lab = json(&run.get_output().stdout);
    for result in lab["results"].as_array().unwrap() {
        for name in ["tokio", "mio (epoll)"] {
            let rank = ranks(result).iter().find(|rank| rank["contestant"] == name);
            assert_eq!(rank.unwrap_or_else(|| panic!("no {name}"))["failures"], 0, "{result}");
        }
    }
}

#[test]
fn a_server_that_mixes_up_its_clients_is_shown_with_its_failures() {
    let words = wrong("02_threaded swaps_the_replies_of_two_clients");
    let mut command = brief(&["2", "--workloads", "messages", "--submission", &words, "--json"]);
    // A client whose reply went to another one waits in vain.
    let run = command.env("GRADER_PATIENCE", "2").assert().code(1);
    let lab = json(&run.get_output().stdout);
    let ranks = ranks(&lab["results"][1]);
    assert_eq!(ranks[1]["failures"], 0, "the reference is not to blame: {ranks:?}");
    assert!(ranks[2]["failures"].as_u64().unwrap() > 0, "{ranks:?}");
    assert!(ranks[2]["first_failure"].as_str().unwrap().starts_with("wrong: "), "{ranks:?}");
}

#[test]
fn a_server_that_goes_away_or_does_not_start_is_shown_with_its_failures() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("speed.html");
    let words = wrong("01_basic_single ends_after_the_first_client");
    let mut command = brief(&["2", "--workloads", "churn", "--submission", &words]);
    command.args(["--submission", "rustc --no-such-option", "--html"]).arg(&page);
    let failed = contains("failed; the first: refused: ").or(contains("failed; the first: closed: "));
    command.assert().code(1).stdout(failed.and(contains("1 failed; the first: not started")));
    assert_eq!(fs::read_to_string(page).unwrap().matches("(failures)").count(), 2);
}

/// A server that accepts every client, as far as they can see, and never answers.
#[cfg(unix)]
struct Mute(std::net::TcpListener);

#[cfg(unix)]
impl Mute {
    fn new() -> Self {
        Self(std::net::TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// A program that says that this is where it listens.
    fn command_line(&self) -> String {
        format!("sh -c 'echo Server listening on {}...; exec sleep 600'", self.0.local_addr().unwrap())
    }
}

#[test]
#[cfg(unix)]
fn a_server_that_never_answers_costs_one_round_and_the_run_goes_on() {
    let mute = Mute::new();
    let line = mute.command_line();
    let mut command = brief(&["2", "--workloads", "messages", "--submission", &line, "--json"]);
    let run =
        command.env("GRADER_PATIENCE", "1").assert().code(1).stderr(contains("silent: no echo within 5 s"));
    let lab = json(&run.get_output().stdout);
    for result in lab["results"].as_array().unwrap() {
        let rounds: Vec<_> =
            ranks(result).iter().map(|rank| rank["rounds"].as_array().unwrap().len()).collect();
        assert_eq!(rounds, [2, 2, 1], "{result}");
        assert!(ranks(result)[2]["measures"][0]["value"].is_null(), "{result}");
    }
}

#[test]
#[cfg(unix)]
fn a_run_that_is_interrupted_shows_the_figures_that_it_has() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let folder = tempfile::tempdir().unwrap();
    let [page, saved] = ["speed.html", "lab.json"].map(|name| folder.path().join(name));
    let mute = Mute::new();
    let mut command = churn(&saved);
    command.args(["--submission", &mute.command_line()]).arg("--html").arg(&page);
    // Nobody gives up on the mute server before the interrupt.
    command.env("GRADER_PATIENCE", "100").stdout(Stdio::piped()).stderr(Stdio::null());
    let running = command.spawn().unwrap();
    mute.0.accept().unwrap();
    kill(Pid::from_raw(running.id().cast_signed()), Signal::SIGINT).unwrap();
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let interrupted = "Interrupted: 2 of 3 measurements done.";
    assert!(String::from_utf8(output.stdout).unwrap().contains(interrupted));
    assert!(fs::read_to_string(page).unwrap().contains(interrupted));
    let lab = json(&fs::read(saved).unwrap());
    let values = ranks(&lab["results"][0]).iter().map(|rank| rank["measures"][0]["value"].is_object());
    assert_eq!(values.collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut running = churn(Path::new(SAVED)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((running.stdout.take(), running.stderr.take()));
    assert_eq!(running.wait().unwrap().code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_sentence_and_exit_code_2() {
    let output = churn(Path::new(SAVED)).stdout(fs::File::create("/dev/full").unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Error: cannot write to standard output"));
}

#[test]
fn what_cannot_be_measured_is_a_sentence_and_exit_code_2() {
    for (words, sentence) in [
        (&["99"][..], "the steps are 01_basic_single"),
        (&["9"], "a client is no server"),
        (&["--seconds", "0"], "0.01 to 600"),
        (&["--rounds", "0"], "1..=100"),
        (&["--workloads", "tea"], "latency"),
        (&["--connections", "0"], "0 is not in 1.."),
        (&["--submission", "\"unclosed"], "no command line"),
        (&["--html", "/no/such/folder/x"], "cannot write"),
        (&["--save", "."], "it is not a regular file"),
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
