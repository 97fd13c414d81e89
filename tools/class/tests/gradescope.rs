//! The bundle for Gradescope: unpacked, set up and run as the service does it, with the same folders. As root on a machine that lets
//! processes have mounts and a network of their own, the folder is /autograder itself, and grading finds no network.

#![cfg(target_os = "linux")]

#[path = "readers/gradescope.rs"]
mod reader;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reader::{Results, Status, Visibility};

/// Calls the script $3 with the folder $2 at /autograder, in a root folder that has all else as it is.
const AT_ITS_PATH: &str = r#"
set -e
ip link set lo up 2>/dev/null || true
mount -t tmpfs tmpfs "$1"
for path in /*; do
    if [ -L "$path" ]; then
        cp -P "$path" "$1"
    elif [ -d "$path" ] && [ "$path" != /autograder ]; then
        mkdir "$1$path"
        mount --rbind "$path" "$1$path"
    fi
done
mkdir "$1/autograder"
mount --bind "$2" "$1/autograder"
exec chroot "$1" sh -c 'cd /autograder && exec "$0"' "/autograder/$3"
"#;

struct Autograder {
    /// What is /autograder for the service.
    folder: PathBuf,
    at_its_path: bool,
}

impl Autograder {
    /// Unpacks the bundle for step 01. What was built from the same files stays from one run of this test to the next.
    fn unpack() -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gradescope");
        let folder = place.join("autograder");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(place.join("root")).unwrap();
        fs::create_dir_all(folder.join("source")).unwrap();
        let bundle = place.join("autograder.zip");
        let words = ["--bundle", "gradescope", "--steps", "1", "--output"];
        succeed(Command::new(env!("CARGO_BIN_EXE_class")).args(words).arg(&bundle));
        // Times in a zip file have no zone.
        let unzip = ["-q", bundle.to_str().unwrap(), "-d"];
        succeed(Command::new("unzip").env("TZ", "UTC").args(unzip).arg(folder.join("source")));
        fs::copy(folder.join("source/run_autograder"), folder.join("run_autograder")).unwrap();
        let lonely = ["--mount", "--net", "ip", "link", "set", "lo", "up"];
        let at_its_path =
            Command::new("unshare").args(lonely).output().is_ok_and(|output| output.status.success());
        Self { folder, at_its_path }
    }

    /// Runs a script of the bundle. What is built has a target folder for each place, since the tool knows where it was built.
    fn run(&self, script: &str, with_network: bool) {
        let place = self.folder.parent().unwrap();
        let mut command = if self.at_its_path {
            let mut unshare = Command::new("unshare");
            unshare.arg("--mount").args((!with_network).then_some("--net")).args([
                "sh",
                "-c",
                AT_ITS_PATH,
                "sh",
            ]);
            unshare.arg(place.join("root")).arg(&self.folder).arg(script);
            unshare
        } else {
            Command::new(self.folder.join(script))
        };
        // No deadline matters here, and a submission that fails is to fail soon.
        command.current_dir(&self.folder).env("GRADER_PATIENCE", "1");
        let target = if self.at_its_path { "target" } else { "target-elsewhere" };
        command.env("CARGO_TARGET_DIR", place.join(target));
        succeed(&mut command);
    }

    /// Grades a submission of these files.
    fn grade(&self, files: &[(&str, &str)]) -> Results {
        for folder in ["submission", "results"] {
            let _ = fs::remove_dir_all(self.folder.join(folder));
            fs::create_dir(self.folder.join(folder)).unwrap();
        }
        fs::write(self.folder.join("submission_metadata.json"), r#"{ "id": 1, "users": [] }"#).unwrap();
        for (path, content) in files {
            let path = self.folder.join("submission").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        self.run("run_autograder", false);
        reader::read(&fs::read_to_string(self.folder.join("results/results.json")).unwrap())
    }
}

fn succeed(command: &mut Command) {
    let Output { status, stdout, stderr } = command.output().expect("it can be started");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(status.success(), "{command:?}: {status}\n{}{}", text(&stdout), text(&stderr));
}

/// How many tests have which status.
fn count(results: &Results, status: Status) -> usize {
    results.tests.iter().filter(|test| test.status == Some(status)).count()
}

fn points(results: &Results) -> usize {
    results.score.to_string().parse().expect("whole points")
}

#[test]
fn the_bundle_grades_as_the_service_calls_it() {
    let autograder = Autograder::unpack();
    autograder.run("source/setup.sh", true);
    let right = include_str!("../../../solutions/01_basic_single/src/main.rs");

    // A clone, whose criteria don't count.
    let path = "echo-main/exercises/01_basic_single/src/main.rs";
    let results = autograder.grade(&[(path, right), ("echo-main/tests/01_basic_single.rs", "no criteria")]);
    assert_eq!(count(&results, Status::Failed), 0, "{results:#?}");
    let all = count(&results, Status::Passed);
    assert_eq!(points(&results), all);

    // One file as it is dropped on the web page.
    let wrong = right.replace("write_all(bytes)", "write_all(&bytes.to_ascii_uppercase())");
    let results = autograder.grade(&[("main.rs", &wrong)]);
    let passed = count(&results, Status::Passed);
    assert!((1..all).contains(&passed), "{results:#?}");
    assert_eq!(points(&results), passed);
    for test in results.tests.iter().filter(|test| test.status == Some(Status::Failed)) {
        assert!(test.output.contains("verdict: "), "{test:?}");
    }

    let results = autograder.grade(&[("src/main.rs", "fn main() { no_such_function() }")]);
    assert_eq!((points(&results), count(&results, Status::Failed)), (0, all));
    assert!(results.output.unwrap().contains("cannot find function"));

    let results = autograder.grade(&[("notes.txt", "")]);
    assert_eq!((points(&results), count(&results, Status::Failed)), (0, all));
    assert!(results.output.unwrap().contains("not handed in"));

    // What isn't the student's fault.
    fs::remove_file(autograder.folder.join("source/settings")).unwrap();
    let results = autograder.grade(&[("main.rs", right)]);
    assert_eq!(points(&results), 0);
    let [test] = &results.tests[..] else { panic!("one test is to say why") };
    assert_eq!(test.visibility, Some(Visibility::Hidden));
    assert!(test.output.contains("settings: No such file"), "{test:?}");
}

/// In place of curl, apt-get and what they bring: a cargo that tells how it was called.
const CURL: &str = r#"#!/bin/sh
cat <<'END'
[ "$*" = "-y --no-modify-path --profile minimal --default-toolchain 1.89.0" ] || exit 1
mkdir -p "$RUSTUP_HOME" "$CARGO_HOME/bin"
printf '#!/bin/sh\necho "$PWD: $*"\necho "offline: ${CARGO_NET_OFFLINE-false}"\nexit 101\n' >"$CARGO_HOME/bin/cargo"
chmod +x "$CARGO_HOME/bin/cargo"
END
"#;

/// Both scripts find what one of them has installed; the rest is for a real cargo.
#[test]
fn rust_is_installed_beside_the_course_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let autograder = folder.path().join("autograder");
    fs::create_dir_all(autograder.join("source/course/solutions/01_basic_single/src")).unwrap();
    fs::create_dir_all(autograder.join("submission")).unwrap();
    fs::write(autograder.join("source/settings"), "STEPS=(01_basic_single)\nTOOLCHAIN=1.89.0\n").unwrap();
    let path = folder.path().join("bin");
    fs::create_dir(&path).unwrap();
    for tool in "awk bash cat chmod cp dirname env find mkdir mktemp printf rm sed sh tail tee tr".split(' ')
    {
        let places = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
        let place = places.iter().find(|place| place.join(tool).is_file()).expect(tool);
        std::os::unix::fs::symlink(place.join(tool), path.join(tool)).unwrap();
    }
    let (setup, run) = (autograder.join("source/setup.sh"), autograder.join("run_autograder"));
    for (file, script) in [
        (&path.join("curl"), CURL),
        (&path.join("apt-get"), "#!/bin/sh\nexit 0\n"),
        (&setup, include_str!("../src/bundle/setup.sh")),
        (&run, include_str!("../src/bundle/run_autograder.sh")),
    ] {
        fs::write(file, script).unwrap();
    }
    let call = |script: &Path| Command::new("bash").arg(script).env("PATH", &path).output().unwrap();
    succeed(Command::new("chmod").arg("+x").args([path.join("curl"), path.join("apt-get")]));

    let output = call(&setup);
    assert_eq!(output.status.code(), Some(101), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let course = autograder.join("source/course").display().to_string();
    assert!(text.contains(&format!("{course}: class ")) && text.contains("offline: false"), "{text}");

    assert!(call(&run).status.success());
    let results = reader::read(&fs::read_to_string(autograder.join("results/results.json")).unwrap());
    let text = &results.tests[0].output;
    assert!(text.contains(&format!("{course}: class ")) && text.contains("offline: true"), "{text}");
}
