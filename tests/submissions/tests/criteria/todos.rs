//! Each TODO of a stub is tested: a submission that leaves it open, and has all others done, fails a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::grade::{Busy, for_all, grade, program};
use rules::{course, partly_done, source_files, steps, text, todos};

/// A step with one TODO left open.
struct Variant {
    step: String,
    todo: u32,
}

impl Variant {
    fn name(&self) -> String {
        format!("todo_{}_{}", self.todo, self.step)
    }
}

#[test]
fn each_todo_left_open_fails_a_test() {
    let variants: Vec<Variant> = steps()
        .into_iter()
        .flat_map(|step| {
            let numbers: BTreeSet<u32> = todos(&step).into_iter().map(|(number, _)| number).collect();
            numbers.into_iter().map(move |todo| Variant { step: step.clone(), todo })
        })
        .collect();
    let programs = build(&variants);
    let unseen = for_all(&variants, |variant| {
        let submission = program(&programs.join(variant.name()).to_string_lossy());
        // What never listens is seen soon enough.
        let graded = grade(Busy::one(), &variant.step, &submission, &[("GRADER_PATIENCE", "0.5")], &[]);
        graded.failed().is_empty().then(|| variant.name())
    });
    let unseen: Vec<String> = unseen.into_iter().flatten().collect();
    assert!(unseen.is_empty(), "these pass all tests: {unseen:?}");
}

/// Builds all variants in a workspace of their own, and returns the folder of the programs.
fn build(variants: &[Variant]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("todos");
    let members: Vec<String> =
        variants.iter().map(|variant| format!("\"members/{}\"", variant.name())).collect();
    let course_manifest = text("Cargo.toml");
    let (_, settings) =
        course_manifest.split_once("[workspace.package]").expect("the manifest has this section");
    let settings =
        settings.replace("path = \"", &format!("path = \"{}/", program(&course().to_string_lossy())));
    write(
        &folder.join("Cargo.toml"),
        &format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[workspace.package]{settings}",
            members.join(", ")
        ),
    );
    write(&folder.join("Cargo.lock"), &text("Cargo.lock"));
    for variant in variants {
        write_variant(&folder.join("members").join(variant.name()), variant);
    }
    let built = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--offline", "--target-dir"])
        .arg(folder.join("target"))
        .current_dir(&folder)
        .output()
        .expect("cargo runs this test");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    folder.join("target/debug")
}

fn write_variant(folder: &Path, variant: &Variant) {
    let Variant { step, todo } = variant;
    let name = variant.name();
    let manifest = text(format!("exercises/{step}/Cargo.toml"));
    // Without its criteria: they are run from outside.
    let (head, rest) = manifest.split_once("[[test]]").expect("an exercise has criteria");
    let (_, dependencies) = rest.split_once("[dependencies]").expect("an exercise has dependencies");
    let (dependencies, _) =
        dependencies.split_once("[dev-dependencies]").expect("the criteria need the grader");
    let lints = manifest.split_once("[lints.rust]").expect("stubs are not warned about").1;
    let head = head.replace(&format!("name = \"ex{step}\""), &format!("name = \"{name}\""));
    let head = head.replace(&format!("name = \"{step}\""), &format!("name = \"{name}\""));
    write(&folder.join("Cargo.toml"), &format!("{head}[dependencies]{dependencies}[lints.rust]{lints}"));
    for file in source_files(step) {
        let stub = text(format!("course/stubs/{step}/{file}")).replace(&format!("ex{step}"), &name);
        let solution = text(format!("solutions/{step}/{file}")).replace(&format!("sol{step}"), &name);
        let source =
            partly_done(&stub, &solution, |number| number == *todo).expect("another test checks the stubs");
        write(&folder.join(&file), &source);
    }
}

/// Writes a file unless it holds that already, so that cargo builds only what has changed.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is writable");
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
