//! What a hint calls nearly the code is in the solution. What stands in comments is for the student to find out.

use docs::pages;
use rules::{course, files_in, steps, text};

#[test]
fn the_code_of_hints_is_in_the_solution() {
    for step in steps() {
        let sources = format!("solutions/{step}/src");
        let solution: String = files_in(&course().join(&sources))
            .iter()
            .map(|file| text(format!("{sources}/{}", file.display())))
            .collect();
        let solution = packed(&solution);
        for page in pages().into_iter().filter(|page| page.path.starts_with(format!("exercises/{step}"))) {
            for block in page.blocks().iter().filter(|block| block.language == "rust") {
                for line in block.text.lines() {
                    let code = line.split("//").next().unwrap_or_default();
                    for piece in code.split("/*").map(|piece| piece.split("*/").last().unwrap_or_default()) {
                        let piece = packed(piece);
                        let known = solution.contains(piece.trim_end_matches(';'));
                        assert!(known, "{}: {line}", page.path.display());
                    }
                }
            }
        }
    }
}

/// Without white space: a hint breaks its lines elsewhere.
fn packed(code: &str) -> String {
    code.split_whitespace().collect()
}
