//! Transcripts are what one sees: each is played in a terminal, with the programs that it names.

use docs::{commands, pages};

use crate::session::{Session, missing};

#[test]
fn transcripts_are_what_one_sees() {
    let mut wrong = Vec::new();
    for page in pages() {
        let blocks: Vec<_> = page.blocks().into_iter().filter(|block| block.language == "console").collect();
        for section in blocks.chunk_by(|one, next| one.section == next.section) {
            let title =
                format!("{}, {:?}", page.path.display(), section[0].text.lines().next().unwrap_or_default());
            if let Some(program) = section.iter().find_map(|block| missing(&block.text)) {
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
