//! Transcripts are what one sees: each is played in a terminal, with the programs that it names. On Linux, whose `nc` they use.
#![cfg(target_os = "linux")]

mod session;

use docs::{commands, pages};
use session::Session;

/// The programs that a transcript may use and a machine may lack.
const PROGRAMS: [&str; 3] = ["telnet", "nc", "python3"];

#[test]
fn transcripts_are_what_one_sees() {
    let missing: Vec<&str> = PROGRAMS.into_iter().filter(|program| !is_installed(program)).collect();
    let mut wrong = Vec::new();
    for page in pages() {
        let blocks: Vec<_> = page.blocks().into_iter().filter(|block| block.language == "console").collect();
        for section in blocks.chunk_by(|one, next| one.section == next.section) {
            let title =
                format!("{}, {:?}", page.path.display(), section[0].text.lines().next().unwrap_or_default());
            let needs = |program: &str| {
                section.iter().any(|block| block.text.split_whitespace().any(|word| word == program))
            };
            if let Some(program) = missing.iter().copied().find(|program| needs(program)) {
                println!("left out, {program} is not installed: {title}");
                continue;
            }
            let played = section.iter().map(commands).collect::<Result<Vec<_>, _>>().and_then(Session::play);
            match played {
                Ok(()) => println!("as told: {title}"),
                Err(reason) => wrong.push(format!("{title}\n{reason}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
