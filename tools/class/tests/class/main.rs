//! Grading a class, as an instructor does it. `scripts/class` grades a large one.

mod page;

use std::fs;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// The step that is graded soonest.
const STEP: &str = "04_bonus_udp";

struct Class(TempDir);

impl Class {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// A student hands in the reference, with or without gaps.
    fn hands_in(&self, student: &str, has_gaps: bool) {
        let step = STEP.parse().unwrap();
        for (file, source) in steps::stub::sources(&step, &format!("ex{STEP}"), |_| has_gaps).unwrap() {
            self.writes(student, &file, &source);
        }
    }

    fn writes(&self, student: &str, file: &str, content: &str) {
        let path = self.path("class").join(student).join("exercises").join(STEP).join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn grade(&self, words: &[&str]) -> Assert {
        let mut command = Command::new(env!("CARGO_BIN_EXE_class"));
        command.env("CARGO_NET_OFFLINE", "true"); // all that is needed is here
        command.args(["--steps", STEP, "--jobs", "2", "--output"]).arg(self.path("report"));
        command.arg(self.path("class")).args(words).assert()
    }

    /// What the report says of each student.
    fn results(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("report/results.json")).unwrap();
        let results: Value = serde_json::from_str(&text).unwrap();
        results["students"].as_array().unwrap().clone()
    }
}

fn report(student: &Value) -> &Value {
    &student["reports"][0]
}

/// How many tests of the step have this result.
fn count(student: &Value, passed: bool) -> usize {
    report(student)["tests"].as_array().unwrap().iter().filter(|test| test["passed"] == passed).count()
}

fn all_pass(student: &Value) -> bool {
    report(student)["obstacle"].is_null() && count(student, false) == 0
}

#[test]
fn each_student_gets_what_is_due_and_nobody_anothers() {
    let class = Class::new();
    class.hands_in("ann", false);
    class.hands_in("bob", true);
    class.writes("cid", "src/main.rs", "fn main() { 1 }\n");
    fs::create_dir_all(class.path("class/dee/notes")).unwrap();
    class.hands_in("eve", false);
    class.grade(&[]).success().stdout(contains("report.html"));

    let results = class.results();
    let names: Vec<&str> = results.iter().map(|student| student["student"].as_str().unwrap()).collect();
    assert_eq!(names, ["ann", "bob", "cid", "dee", "eve"]);
    assert!(all_pass(&results[0]) && all_pass(&results[4]), "{:?}", report(&results[0]));
    assert!(count(&results[1], false) > 0, "the stub");
    assert_eq!(report(&results[2])["obstacle"]["verdict"], "did not build");
    assert!(report(&results[2])["obstacle"]["message"].as_str().unwrap().contains("mismatched types"));
    assert_eq!(report(&results[3])["obstacle"]["verdict"], "not handed in");
    // Nobody's points vanish: all are graded on the same number of tests.
    let tests = |student: &Value| report(student)["tests"].as_array().unwrap().len();
    assert!(results.iter().all(|student| tests(student) == tests(&results[0])));
}

#[test]
fn what_is_known_is_not_graded_again_unless_the_files_change() {
    let class = Class::new();
    class.hands_in("ann", false);
    class.writes("bob", "src/main.rs", "fn main() { 1 }\n");
    class.grade(&[]).success();
    // A mark that only the kept result has.
    for student in ["ann", "bob"] {
        let path = class.path("report/students").join(student).join("result.json");
        let mut record: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        record["seconds"] = 12345.0.into();
        fs::write(&path, record.to_string()).unwrap();
    }
    class.hands_in("bob", false);
    class.grade(&[]).success();
    let results = class.results();
    assert_eq!(results[0]["seconds"], 12345.0, "ann's result was kept");
    assert_ne!(results[1]["seconds"], 12345.0, "bob has handed in something else");
    assert!(all_pass(&results[1]));
}

#[test]
fn edited_tests_and_manifests_count_for_nothing() {
    let class = Class::new();
    class.hands_in("sly", true);
    class.writes("sly", "Cargo.toml", "[package]\nname = \"nothing\"\n");
    class.writes("sly", "build.rs", "fn main() { panic!(\"this is run\") }\n");
    class.writes("sly", &format!("../../tests/{STEP}.rs"), "#[test]\nfn all_is_well() {}\n");
    class.writes("sly", "../../tests/grader/src/lib.rs", "compile_error!(\"this is built\");\n");
    class.grade(&[]).success();
    let results = class.results();
    assert!(report(&results[0])["obstacle"].is_null(), "{:?}", report(&results[0])["obstacle"]);
    assert!(count(&results[0], false) > 0);
}

#[test]
fn dependencies_count_if_that_is_wanted() {
    let class = Class::new();
    let source = "fn main() { let _ = (mio::Token(0), support::Args::new(\"\")); }\n";
    class.writes("mia", "src/main.rs", source);
    class.writes("mia", "Cargo.toml", "[dependencies]\nsupport.workspace = true\nmio = \"1\"\n");
    class.grade(&[]).success();
    assert_eq!(report(&class.results()[0])["obstacle"]["verdict"], "did not build");
    class.grade(&["--with-manifests"]).success();
    assert!(
        report(&class.results()[0])["obstacle"].is_null(),
        "{:?}",
        report(&class.results()[0])["obstacle"]
    );
    class.writes("mia", "Cargo.toml", "[dependencies]\nmine = { path = \"/tmp\" }\n");
    class.grade(&["--with-manifests"]).success();
    let obstacle = report(&class.results()[0])["obstacle"]["message"].to_string();
    assert!(obstacle.contains("only dependencies with a version"), "{obstacle}");
}

#[test]
fn a_build_without_end_is_ended() {
    let class = Class::new();
    let endless = "#![allow(long_running_const_eval)]\nconst END: () = loop {};\nfn main() { END }\n";
    class.writes("eon", "src/main.rs", endless);
    class.grade(&["--build-time", "2"]).success();
    let obstacle = report(&class.results()[0])["obstacle"]["message"].to_string();
    assert!(obstacle.contains("after 2 s"), "{obstacle}");
}

#[test]
fn a_step_that_takes_too_long_is_cut_short_with_a_whole_report() {
    let class = Class::new();
    class.writes("zoe", "src/main.rs", "fn main() { loop { std::thread::park() } }\n");
    class.grade(&["--run-time", "1"]).success();
    let results = class.results();
    let tests = report(&results[0])["tests"].as_array().unwrap();
    assert!(tests.iter().any(|test| test["failure"]["verdict"] == "out_of_time"), "{tests:?}");
    assert_eq!(count(&results[0], true), 0);
}

#[test]
fn what_is_no_class_is_told_in_a_sentence() {
    let class = Class::new();
    class.grade(&[]).code(2).stderr(contains("Error: cannot read"));
    fs::create_dir(class.path("class")).unwrap();
    class.grade(&[]).code(2).stderr(contains("each student is to have one"));
    fs::write(class.path("report"), "in the way").unwrap();
    fs::create_dir(class.path("class/ann")).unwrap();
    class.grade(&[]).code(2).stderr(contains("Error: cannot make"));
}
