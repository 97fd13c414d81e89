//! Markdown.

use std::fmt::Write;

use steps::report::Report;

pub fn write(reports: &[Report]) -> String {
    let mut text = String::from("| step | criteria met | seconds |\n| --- | --- | --- |\n");
    for Report { step, met, failed, seconds, .. } in reports {
        let _ = writeln!(text, "| {step} | {met} of {} | {seconds:.1} |", met + failed);
    }
    for report in reports {
        for criterion in report.not_met() {
            let _ = write!(text, "\n### {}: {}\n\n", report.step, criterion.title);
            // Indented, as what a client says may hold a fence.
            for line in criterion.text().lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    text
}
