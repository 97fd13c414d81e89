//! What is generated is current. `UPDATE=1 cargo test -p docs --test generated` writes it anew, as `scripts/book --update` does.

use docs::pages;
#[cfg(target_os = "linux")]
use docs::{current, update, write};

/// On one system: what a command prints may name the errors of another otherwise.
#[cfg(target_os = "linux")]
#[test]
fn generated_blocks_are_current() {
    let mut stale = Vec::new();
    for page in pages() {
        let path = page.path.display();
        let new = current(&page).unwrap_or_else(|reason| panic!("{path}: {reason}"));
        if new == page.text {
            continue;
        }
        if update() {
            write(&page.path, &new);
        } else {
            stale.push(path.to_string());
        }
    }
    assert!(stale.is_empty(), "stale, run `scripts/book --update`: {stale:?}");
}

/// Code in a chapter is code that is compiled elsewhere.
#[test]
fn chapters_have_no_code_of_their_own() {
    for page in pages().into_iter().filter(docs::Page::is_chapter) {
        for block in page.blocks() {
            let generated =
                page.text.contains(&format!("```{}\n{}```\n\n<!-- end -->", block.language, block.text));
            assert!(
                generated || !block.language.starts_with("rust"),
                "{}: take this from a solution, by <!-- begin: code ... -->:\n{}",
                page.path.display(),
                block.text
            );
        }
    }
}
