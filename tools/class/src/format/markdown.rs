//! Markdown.

use std::fmt::Write;

use steps::report::Report;

pub fn write(reports: &[Report]) -> String {
    let mut text = String::from("| step | result | seconds |\n| --- | --- | --- |\n");
    for report in reports {
        let _ = writeln!(text, "| {} | {} | {:.1} |", report.step, report.summary(), report.seconds);
    }
    for report in reports {
        for test in report.failed() {
            let _ = write!(text, "\n### {}: {}\n\n", report.step, test.title());
            // Indented, as what a client says may hold a fence.
            for line in test.to_string().lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    text
}
