//! Each step is whole, and is called the same everywhere.

use rules::{course, names_in, steps, text};

#[test]
fn every_step_has_all_its_parts() {
    let readme = text("README.md");
    for step in steps() {
        for part in [
            format!("exercises/{step}/README.md"),
            format!("exercises/{step}/src/main.rs"),
            format!("solutions/{step}/src/main.rs"),
            format!("tests/{step}.rs"),
            format!("docs/src/{step}.md"),
        ] {
            assert!(course().join(&part).is_file(), "{step}: {part} is missing");
        }
        assert!(
            readme.contains(&format!("[{step}](exercises/{step}/README.md)")),
            "README.md has no row for {step}"
        );
    }
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
                ["Cargo.toml", "benches", "src", "tests"].contains(&name.as_str()),
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
            "<summary>Hint 1: ",
            "<summary>Hint 2: ",
            "<summary>Hint 3: ",
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
fn every_todo_is_in_the_task() {
    for step in steps() {
        let task = text(format!("exercises/{step}/README.md"));
        for (number, file) in rules::todos(&step) {
            let told = task.contains(&format!("`TODO {number}`")) || task.contains(&format!("| {number} | "));
            assert!(told, "exercises/{step}/README.md doesn't tell of TODO {number}, which is in {file}");
        }
    }
}

#[test]
fn the_names_agree() {
    for step in steps() {
        let exercise = text(format!("exercises/{step}/Cargo.toml"));
        let solution = text(format!("solutions/{step}/Cargo.toml"));
        for (manifest, lines) in [
            (
                &exercise,
                [format!("name = \"ex{step}\""), format!("name = \"{step}\"\npath = \"src/main.rs\"")],
            ),
            (
                &solution,
                [
                    format!("name = \"sol{step}\""),
                    format!("name = \"{step}_solution\"\npath = \"src/main.rs\""),
                ],
            ),
        ] {
            let test = format!("[[test]]\nname = \"{step}\"\npath = \"../../tests/{step}.rs\"");
            for line in lines.iter().chain([&test]) {
                assert!(manifest.contains(line.as_str()), "{step}: a manifest has no {line:?}");
            }
        }
        let criteria = text(format!("tests/{step}.rs"));
        assert!(
            criteria.contains(&format!("grader::step!(\"{step}\"")),
            "tests/{step}.rs names another step"
        );
    }
}
