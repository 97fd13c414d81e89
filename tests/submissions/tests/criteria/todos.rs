//! Each TODO is tested: a submission that leaves it open, and has all others done, fails the tests that step.toml names there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::grade::{Busy, for_all, grade, program};
use rules::{course, text};
use steps::Step;
use steps::facts::{Facts, Gap};
use steps::stub;

/// A step with one gap left open.
struct Variant {
    step: Step,
    todo: usize,
    gap: Gap,
}

impl Variant {
    fn name(&self) -> String {
        format!("todo_{}_{}", self.todo, self.step)
    }
}

#[test]
fn each_todo_left_open_fails_its_tests() {
    let mut variants = Vec::new();
    for step in Step::all().expect("there are solutions") {
        let gaps = Facts::of(&step).expect("another test reads the facts").gaps;
        variants.extend((1..).zip(gaps).map(|(todo, gap)| Variant { step: step.clone(), todo, gap }));
    }
    let programs = build(&variants);
    let wrong = for_all(&variants, |variant| {
        let submission = program(&programs.join(variant.name()).to_string_lossy());
        // What never listens is seen soon enough.
        let patience = [("GRADER_PATIENCE", "0.5")];
        let graded = grade(Busy::one(), variant.step.name(), &submission, &patience, &[]);
        // A test that isn't compiled on this system can't fail here.
        let is_passed = |test: &&String| graded.of(test).is_some_and(|report| report.passed);
        let wrong: Vec<&String> = variant.gap.tests.iter().filter(is_passed).collect();
        (variant.gap.tests.is_empty() || !wrong.is_empty())
            .then(|| format!("{}: these pass: {wrong:?}; these fail: {:?}", variant.name(), graded.failed()))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let Variant { step, todo, .. } = variant;
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
    let sources = stub::sources(step, &name, |number| number == *todo).expect("another test makes the stubs");
    for (file, source) in sources {
        write(&folder.join(file), &source);
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
