//! report.html in a real browser, Chromium without a window. Where there is none, nothing is tested.

use std::fs;
use std::process::{Command, Stdio};

use crate::{Class, count};

/// Tells in the title what a reader would see.
const PROBE: &str = "<script>
const wide = [...document.querySelectorAll('body *')].filter(part => !part.closest('pre, .wide')
  && part.getBoundingClientRect().right > innerWidth + 1).map(part => part.tagName);
location.hash = '#student-1';
setTimeout(() => {
  const cells = row => [...row.cells].map(cell => cell.textContent.trim()).join(' | ');
  const rows = [...document.querySelectorAll('#students tbody tr')].map(cells).join(' / ');
  const open = [...document.querySelectorAll('details[open]')].map(part => part.id).join();
  document.title = `rows: ${rows}; open: ${open}; wide: ${wide}; errors: ${errors}`;
});
</script>";

#[test]
fn the_table_is_shown_at_any_width_and_links_open_what_they_lead_to() {
    let Some(browser) = browser() else { return };
    let class = Class::new();
    class.hands_in("ann", false);
    class.writes("bob", "src/main.rs", "fn main() { 1 }\n");
    class.grade(&[]).success();
    let passed = count(&class.results()[0], true).to_string();
    let text = fs::read_to_string(class.path("report/report.html")).unwrap();
    let head = "<head><script>let errors = []; onerror = error => errors.push(error);</script>";
    let probed = class.path("probed.html");
    fs::write(&probed, text.replacen("<head>", head, 1).replace("</body>", &format!("{PROBE}</body>")))
        .unwrap();
    for width in [1200, 400] {
        let output = Command::new(&browser)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--virtual-time-budget=5000",
                "--dump-dom",
            ])
            .arg(format!("--window-size={width},900"))
            .arg(format!("--user-data-dir={}", class.path("profile").display()))
            .arg(format!("file://{}", probed.display()))
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let document = String::from_utf8_lossy(&output.stdout).into_owned();
        let title = document.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
        let rows = format!("ann | {passed} | {passed} of {passed} / bob | 0 | did not build");
        let expected = format!("rows: {rows}; open: student-1; wide: ; errors:");
        assert_eq!(title.map(str::trim_end), Some(expected.as_str()), "at {width} pixels");
    }
}

fn browser() -> Option<String> {
    let known = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let runs = |name: &&str| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    known.into_iter().find(runs).map(str::to_owned)
}
