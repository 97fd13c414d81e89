//! How right submissions in other languages than Rust are built and started. A language that isn't installed is left out.

use std::path::Path;
use std::process::Command;

use rules::{course, names_in, tools};

use crate::grade::program;

/// A folder beside `src`, and the files in it whose names begin with `right_`. In the words FILE stands for one of them, and
/// OUT for what is built of it.
struct Language {
    folder: &'static str,
    needs: &'static str,
    build: &'static [&'static str],
    start: &'static [&'static str],
}

/// Python first: it takes the longest. The others are for Linux, as is some of what is tested.
const LANGUAGES: [Language; 5] = [
    // Without what else is installed for it, which takes as long as its own start.
    Language { folder: "python", needs: "python3", build: &[], start: &["python3", "-S", "FILE"] },
    Language { folder: "node", needs: "node", build: &[], start: &["node", "FILE"] },
    Language {
        folder: "java",
        needs: "javac",
        build: &["javac", "-d", "OUT", "-sourcepath", "tests/submissions/java", "FILE"],
        // They are started hundreds of times, and run for some seconds.
        start: &["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", "OUT", "Server"],
    },
    Language { folder: "go", needs: "go", build: &["go", "build", "-o", "OUT", "FILE"], start: &["OUT"] },
    Language {
        folder: "c",
        needs: "cc",
        build: &["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", "OUT", "FILE"],
        start: &["OUT"],
    },
];

/// The name of each right submission, such as `right_02_poll.c`, and its command line.
pub fn right_submissions() -> Vec<(String, String)> {
    let installed = LANGUAGES.iter().filter(|language| {
        (cfg!(target_os = "linux") || language.folder == "python") && tools::has(language.needs)
    });
    installed.flat_map(Language::right_submissions).collect()
}

impl Language {
    fn right_submissions(&self) -> Vec<(String, String)> {
        let folder = format!("tests/submissions/{}", self.folder);
        let names = names_in(&course().join(&folder)).into_iter().filter(|name| name.starts_with("right_"));
        names.map(|name| (name.clone(), self.ready(&format!("{folder}/{name}"), &name))).collect()
    }

    /// Builds a file, and returns how it is started.
    fn ready(&self, file: &str, name: &str) -> String {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("");
        let out = out.to_str().expect("its path is text");
        let words = |words: &[&str]| -> Vec<String> {
            words.iter().map(|word| word.replace("FILE", file).replace("OUT", out)).collect()
        };
        if let [compiler, arguments @ ..] = &words(self.build)[..] {
            let output = Command::new(compiler).args(arguments).current_dir(course()).output();
            let output = output.unwrap_or_else(|error| panic!("{compiler}: {error}"));
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let mut start = words(self.start);
        if start[0] == "python3" {
            start[0] = python();
        }
        start.iter().map(|word| program(word)).collect::<Vec<_>>().join(" ")
    }
}

/// Python itself, as `python3` may be a script that looks for it first.
fn python() -> String {
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let path = output.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    if path.trim().is_empty() { "python3".into() } else { path.trim().into() }
}
