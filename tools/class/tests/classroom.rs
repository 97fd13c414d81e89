//! The workflow for GitHub Classroom: its commands are run as Actions runs them, and what the reporter would get is read.

#![cfg(unix)]

#[path = "readers/classroom.rs"]
mod reader;

use std::fs;
use std::path::Path;
use std::process::Command;

use reader::Results;
use yaml_rust2::{Yaml, YamlLoader};

const JOB: &str = "run-autograding-tests";

fn workflow() -> Yaml {
    YamlLoader::load_from_str(include_str!("../classroom/classroom.yml")).unwrap().remove(0)
}

/// The step that has `field`, and in it `value`.
fn step<'a>(workflow: &'a Yaml, field: &str, value: &str) -> &'a Yaml {
    let steps = workflow["jobs"][JOB]["steps"].as_vec().unwrap();
    let has_it = |step: &&Yaml| step[field].as_str().is_some_and(|text| text.contains(value));
    steps.iter().find(has_it).unwrap_or_else(|| panic!("no step whose {field} has {value}"))
}

/// What the reporter's README asks, and what its source reads from where.
#[test]
fn the_service_and_the_reporter_find_what_they_look_for() {
    let workflow = workflow();
    assert_eq!(workflow["name"].as_str(), Some("Autograding Tests"));
    let jobs: Vec<_> =
        workflow["jobs"].as_hash().unwrap().keys().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(jobs, [JOB]);
    let reporter = step(&workflow, "uses", "classroom-resources/autograding-grading-reporter@v1");
    let runner = reporter["with"]["runners"].as_str().unwrap();
    assert!(runner.chars().all(|c| c.is_ascii_alphanumeric()), "{runner}");
    let variable = runner.to_uppercase() + "_RESULTS";
    let result = format!("${{{{ steps.{runner}.outputs.result }}}}");
    assert_eq!(reporter["env"][variable.as_str()].as_str(), Some(result.as_str()));
    assert_eq!(step(&workflow, "id", runner)["name"].as_str(), Some("Grade"));
}

/// The student's program is built and run there: it is to find no token, and no criteria but the course's.
#[test]
fn the_student_is_given_nothing() {
    let workflow = workflow();
    let permissions = workflow["permissions"].as_hash().unwrap();
    assert_eq!(permissions.len(), 1);
    assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"));
    for step in workflow["jobs"][JOB]["steps"].as_vec().unwrap() {
        if step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout")) {
            assert_eq!(step["with"]["persist-credentials"].as_bool(), Some(false));
        }
        let commands = step["run"].as_str().unwrap_or_default();
        assert!(!commands.contains("${{"), "an expression in a script is code: {commands}");
    }
    let (ours, theirs) = ("repository", "path");
    assert_eq!(step(&workflow, "name", "The course")["with"][ours].as_str(), Some("${{ env.COURSE }}"));
    assert_eq!(step(&workflow, "name", "handed in")["with"][theirs].as_str(), Some("class/student"));
}

#[test]
fn the_reporter_gets_the_points() {
    let right = include_str!("../../../solutions/01_basic_single/src/main.rs");
    let results = grade(right);
    assert_eq!(results.status, reader::Status::Pass, "{results:#?}");
    let wrong = right.replace("write_all(bytes)", "write_all(&bytes.to_ascii_uppercase())");
    let results = grade(&wrong);
    assert_eq!(results.status, reader::Status::Fail);
    assert!(results.tests.iter().any(|test| test.score == 1), "{results:#?}");
    let results = grade("fn main() { no_such_function() }");
    assert!(results.tests.iter().all(|test| test.score == 0));
    assert!(results.tests[0].message.as_ref().unwrap().contains("cannot find function"));
}

/// Runs the workflow's commands for a student's clone with this `main.rs`, with the folders that its checkouts make.
fn grade(main: &str) -> Results {
    let workspace = tempfile::tempdir().unwrap();
    let workspace = workspace.path();
    let student = workspace.join("class/student/exercises/01_basic_single/src");
    fs::create_dir_all(&student).unwrap();
    fs::write(student.join("main.rs"), main).unwrap();
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    std::os::unix::fs::symlink(course, workspace.join("course")).unwrap();

    let workflow = workflow();
    let grading = step(&workflow, "id", "grading");
    assert_eq!(workflow["defaults"]["run"]["shell"].as_str(), Some("bash"));
    let script = workspace.join("script.sh");
    fs::write(&script, grading["run"].as_str().unwrap()).unwrap();
    // As Actions does for `shell: bash`.
    let mut shell = Command::new("bash");
    shell.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(&script).current_dir(workspace);
    shell.env("GITHUB_WORKSPACE", workspace).env("GITHUB_OUTPUT", workspace.join("output"));
    for (name, value) in workflow["env"].as_hash().unwrap().iter().chain(grading["env"].as_hash().unwrap()) {
        shell.env(name.as_str().unwrap(), value.as_str().unwrap());
    }
    // One step is enough, and a program that fails is to fail soon.
    let output = shell.env("STEPS", "1").env("GRADER_PATIENCE", "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    assert!(workspace.join("report/report.html").is_file());
    let output = fs::read_to_string(workspace.join("output")).unwrap();
    let [line] = output.lines().collect::<Vec<_>>()[..] else { panic!("{output}") };
    reader::decode(line.strip_prefix("result=").unwrap())
}
