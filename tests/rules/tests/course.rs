//! Each step is whole, and is called the same everywhere.

use rules::{course, names_in, steps, text};

/// The places that CONTRIBUTING.md lists for a new step. Everything else is derived.
#[test]
fn every_step_has_all_its_places() {
    let rights = names_in(&course().join("tests/submissions/src/bin"));
    let python = names_in(&course().join("tests/submissions/python"));
    let reused = text("tests/submissions/tests/criteria/right.rs");
    let mut missing = Vec::new();
    for step in steps() {
        let number = &step[..2];
        let files = [
            format!("solutions/{step}/Cargo.toml"),
            format!("solutions/{step}/src/main.rs"),
            format!("solutions/{step}/step.toml"),
            format!("exercises/{step}/README.md"),
            format!("tests/{step}.rs"),
            format!("docs/src/{step}.md"),
            format!("tools/demo/src/scenes/step_{number}.rs"),
        ];
        missing.extend(files.into_iter().filter(|file| !course().join(file).is_file()));
        let wrong = format!("tests/submissions/src/wrong/step_{number}");
        if !course().join(&wrong).is_dir() && !course().join(format!("{wrong}.rs")).is_file() {
            missing.push(format!("{wrong}.rs: wrong submissions"));
        }
        let right = format!("right_{number}");
        if !reused.contains(&right) && !rights.iter().chain(&python).any(|name| name.starts_with(&right)) {
            missing.push(format!(
                "tests/submissions/src/bin/{right}_NAME.rs: a right submission of another design"
            ));
        }
        if !course().join(format!("exercises/{step}/src/main.rs")).is_file() {
            missing.push(format!("exercises/{step}/src: run scripts/generate"));
        }
    }
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
}

#[test]
fn there_is_nothing_beside_the_steps() {
    assert_eq!(names_in(&course().join("solutions")), steps());
    let chapters: Vec<String> = steps().iter().map(|step| format!("{step}.md")).collect();
    let numbered =
        names_in(&course().join("docs/src")).into_iter().filter(|name| name.starts_with(char::is_numeric));
    assert_eq!(numbered.collect::<Vec<_>>(), chapters);
    let criteria = names_in(&course().join("tests"))
        .into_iter()
        .filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned()));
    assert_eq!(criteria.collect::<Vec<_>>(), steps());
    for step in steps() {
        assert_eq!(
            names_in(&course().join("exercises").join(&step)),
            ["Cargo.toml", "README.md", "src"],
            "{step}"
        );
        for name in names_in(&course().join("solutions").join(&step)) {
            assert!(
                ["Cargo.toml", "benches", "src", "step.toml", "tests"].contains(&name.as_str()),
                "solutions/{step} has a stray {name}"
            );
        }
    }
}

#[test]
fn every_exercise_says_all_that_a_student_needs() {
    for step in steps() {
        let task = text(format!("exercises/{step}/README.md"));
        for part in [
            "## The task",
            "## What it looks like",
            "## Try it by hand",
            "## Be graded",
            "## What the criteria ask",
            "## Hints",
            &format!("<!-- begin: todos {step} -->"),
            &format!("<!-- begin: hints {step} -->"),
            "## Read on",
            &format!("cargo run -p ex{step}"),
            &format!("cargo test -p ex{step}"),
            &format!("docs/src/{step}.md"),
        ] {
            assert!(task.contains(part), "exercises/{step}/README.md has no {part:?}");
        }
    }
}

#[test]
fn the_names_agree() {
    for step in steps() {
        let manifest = text(format!("solutions/{step}/Cargo.toml"));
        for lines in [
            format!("name = \"sol{step}\""),
            format!("name = \"{step}_solution\"\npath = \"src/main.rs\""),
            format!("[[test]]\nname = \"{step}\"\npath = \"../../tests/{step}.rs\""),
        ] {
            assert!(manifest.contains(&lines), "solutions/{step}/Cargo.toml has no {lines:?}");
        }
        let criteria = text(format!("tests/{step}.rs"));
        assert!(
            criteria.contains(&format!("grader::step!(\"{step}\"")),
            "tests/{step}.rs names another step"
        );
    }
}
