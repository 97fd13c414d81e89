//! Every command that the documentation names does something. What is shown with its outcome is a transcript; the others are
//! run here, by `.ci/run` or `scripts/check`, or, for a reason, by hand only.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;
use std::sync::LazyLock;

use docs::pages;
use regex::Regex;
use rules::{course, steps, text};

use crate::session::{STEP, Session, is_server, missing};

/// What begins like one of these is a command.
static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    let programs = r"^([A-Z_]+=\S+ )*(cargo (run|test|course|build|bench|fmt|clippy)|scripts/\w+|telnet|nc|printf|yes|python3)( |$)";
    Regex::new(programs).expect("it is a regular expression")
});

/// What nobody runs but a person.
const BY_HAND: [(&str, &str); 8] = [
    ("scripts/class", "it takes long"),
    ("scripts/turnaround", "it takes long"),
    ("scripts/rounds", "it takes an hour"),
    ("scripts/mutants", "it takes hours"),
    ("cargo build --release", "it belongs to a figure"),
    ("nc -l", "the two kinds of nc want it in two ways"),
    ("SUBMISSION=", "the matrix of the submissions does the same"),
    ("cargo run -q -p submissions", "the matrix of the submissions does the same"),
];

#[test]
fn every_command_does_something() {
    let ci = text(".ci/run") + &text("scripts/check");
    let mut wrong = Vec::new();
    for (command, page) in commands() {
        let program = command.split(' ').next().unwrap_or_default();
        let by_ci = ci.lines().map(str::trim).any(|line| {
            line.trim_end_matches(" || true") == command
                || program.starts_with("scripts/") && line.starts_with(program)
        });
        let by_hand = BY_HAND.iter().any(|(begin, _)| command.starts_with(begin));
        if by_ci || by_hand && !is_server(&command) {
            continue;
        }
        if let Some(program) = missing(&command) {
            println!("left out, {program} is not installed: {command}");
            continue;
        }
        match outcome(&command, &page) {
            Ok(()) => println!("does something: {command}"),
            Err(reason) => wrong.push(format!("{page}: {command}\n{reason}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// All commands, each with a page that names it.
fn commands() -> BTreeMap<String, String> {
    let mut commands = BTreeMap::new();
    for page in pages() {
        let blocks = page.blocks().into_iter().filter(|block| block.language.is_empty());
        let lines: Vec<String> =
            blocks.flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
        for line in lines.into_iter().chain(page.inline_code()) {
            let command =
                line.split("  #").next().unwrap_or_default().split(';').next().unwrap_or_default().trim();
            // A program's name alone, or with an option, is spoken of.
            let is_whole = ![
                "telnet",
                "nc",
                "nc -N",
                "printf",
                "python3",
                "cargo test",
                "cargo course",
                "cargo demo",
                "cargo class",
                "cargo lab",
            ]
            .contains(&command);
            if COMMAND.is_match(command) && is_whole {
                commands.insert(command.to_owned(), page.path.display().to_string());
            }
        }
    }
    commands
}

fn outcome(command: &str, page: &str) -> Result<(), String> {
    if let Some(words) = command.strip_prefix("cargo test ") {
        return has_tests(words);
    }
    for tool in ["course", "demo", "class", "lab"] {
        if let Some(words) = command.strip_prefix(&format!("cargo {tool} ")) {
            return tool_knows(tool, words);
        }
    }
    if command.ends_with("--help") {
        return if prints(command, &Session::new()) { Ok(()) } else { Err("prints nothing".into()) };
    }
    let mut session = Session::new();
    if is_server(command) {
        return serves(command, &mut session);
    }
    if command.starts_with("scripts/") || command.starts_with("cargo") && !STEP.is_match(command) {
        return Err("nobody runs this".into());
    }
    listen_for(command, page, &mut session)?;
    if prints(command, &session) { Ok(()) } else { Err("prints nothing".into()) }
}

/// Starts a server for a command: that of the step which it names, or which the page is about, and for the client that of
/// step 03.
fn listen_for(command: &str, page: &str, session: &mut Session) -> Result<(), String> {
    let named_in =
        |text: &str| steps().into_iter().find(|step| text.contains(step.as_str()) && step != "09_client");
    let step = named_in(command).or_else(|| named_in(page));
    let step = if command.contains("nc -u ") { Some("04_bonus_udp".to_owned()) } else { step };
    let step = step.unwrap_or_else(|| "03_enhanced".into());
    let port = ["4444", "65432"].into_iter().find(|port| command.contains(port)).unwrap_or("8080");
    serves(&format!("cargo run -p sol{step} -- {port}"), session)
}

fn serves(command: &str, session: &mut Session) -> Result<(), String> {
    // The file with a password is written in another command.
    let command = command.replace("--password-file password.txt", "");
    let command = if command.contains("06_bonus_auth") {
        format!("ECHO_PASSWORD=swordfish {command}")
    } else {
        command
    };
    session.serve(docs::Command { command, screen: Vec::new(), typed: Vec::new() })
}

/// Whether a command answers to what is typed, or prints something by itself.
fn prints(command: &str, session: &Session) -> bool {
    let screen = session.shell(command);
    let talks = !command.contains('|') && !command.contains('>');
    if talks {
        screen.press("Hello");
    }
    // The terminal shows what is typed.
    let shown = if talks { 2 } else { 1 };
    if command.contains('>') || command.contains("nc -N") {
        return screen.succeeds();
    }
    screen.wait(|lines| lines.iter().filter(|line| !line.is_empty()).count() >= shown)
        && !screen.lines().iter().any(|line| line.ends_with("not found"))
}

/// The programs in Python are clients of the step that they name, or whose page they are on. One of them says of itself that it hangs.
#[test]
fn every_program_in_python_succeeds() {
    if missing("python3").is_some() {
        println!("left out, python3 is not installed");
        return;
    }
    for page in pages() {
        let blocks = page.blocks().into_iter().filter(|block| block.language == "python");
        for block in blocks.filter(|block| !block.text.contains("hangs")) {
            let path = page.path.display().to_string();
            let mut session = Session::new();
            listen_for(&block.text, &path, &mut session).expect("a solution serves");
            let root = course().display();
            let program = format!("cp '{root}/Cargo.lock' . && python3 - <<'END'\n{}END", block.text);
            let screen = session.shell(&program);
            assert!(screen.succeeds(), "{path}:\n{}\n{}", block.text, screen.lines().join("\n"));
        }
    }
}

/// Whether `cargo course` or another tool takes these words; its own package tests what it does then.
fn tool_knows(tool: &str, words: &str) -> Result<(), String> {
    let subcommand = words.split(' ').next().filter(|word| tool == "course" || *word == "convert");
    let help: Vec<&str> =
        ["run", "--quiet", "-p", tool, "--"].into_iter().chain(subcommand).chain(["--help"]).collect();
    let help = output_of_cargo(&help)?;
    match words.split(' ').find(|word| word.starts_with("--") && !help.contains(word)) {
        Some(option) => Err(format!("{option} is unknown")),
        None => Ok(()),
    }
}

/// Whether there are tests of that name. The criteria of an exercise are those of its solution.
fn has_tests(words: &str) -> Result<(), String> {
    if steps().iter().any(|step| words == format!("-p ex{step}")) {
        return Ok(());
    }
    let words = words.replace("-p ex", "-p sol");
    let step = steps().into_iter().find(|step| words.contains(&format!("-p sol{step}")));
    let of_step = step.iter().flat_map(|step| ["--test", step.as_str()]);
    let arguments: Vec<&str> = ["test", "--quiet"]
        .into_iter()
        .chain(of_step)
        .chain(words.split(' '))
        .chain(["--", "--list"])
        .collect();
    let tests = output_of_cargo(&arguments)?.lines().filter(|line| line.ends_with(": test")).count();
    if tests > 0 { Ok(()) } else { Err("no test has this name".into()) }
}

fn output_of_cargo(arguments: &[&str]) -> Result<String, String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    let output = cargo.args(arguments).current_dir(course()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
