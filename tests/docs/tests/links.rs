//! Links lead somewhere. Those that leave the repository are not followed: the checks need no network.

use std::path::Path;

use docs::{Page, pages};
use rules::{course, files_in, text};

#[test]
fn links_lead_to_files_and_headings() {
    let pages = pages();
    let mut broken = Vec::new();
    for page in &pages {
        for link in page.links() {
            if !link.contains("://") && !leads_somewhere(&link, page, &pages) {
                broken.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

fn leads_somewhere(link: &str, page: &Page, pages: &[Page]) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.path.parent().expect("a page is in a folder");
    let target = if path.is_empty() { page.path.clone() } else { folder.join(path) };
    let Ok(target) = course().join(target).canonicalize() else { return false };
    if anchor.is_empty() {
        return true;
    }
    let is_target = |page: &&Page| course().join(&page.path).canonicalize().is_ok_and(|path| path == target);
    pages.iter().find(is_target).is_some_and(|page| page.anchors().iter().any(|known| known == anchor))
}

#[test]
fn every_chapter_is_in_the_book() {
    let summary = text("docs/src/SUMMARY.md");
    for file in files_in(&course().join("docs/src")) {
        let listed = file == Path::new("SUMMARY.md") || summary.contains(&format!("]({})", file.display()));
        assert!(listed, "docs/src/SUMMARY.md doesn't list {}", file.display());
    }
}
