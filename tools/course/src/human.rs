//! For the terminal.

use std::fmt::Write;

use steps::report::Report;

pub fn write(reports: &[Report]) -> String {
    let mut text = String::new();
    for test in reports.iter().flat_map(Report::failed) {
        let _ = writeln!(text, "---- {}\n\n{test}\n", test.title());
    }
    for report in reports {
        let _ = writeln!(text, "{:<22} {}, in {:.1} s", report.step, report.summary(), report.seconds);
    }
    text
}
