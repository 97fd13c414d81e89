//! For the terminal.

use std::fmt::Write;

use steps::report::Report;

pub fn write(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        for criterion in report.not_met() {
            let _ = writeln!(text, "---- {}\n\n{}\n", criterion.title, criterion.text());
        }
    }
    for Report { step, met, failed, seconds, .. } in reports {
        let _ = writeln!(text, "{step:<22} {met} of {} criteria are met, in {seconds:.1} s", met + failed);
    }
    text
}
