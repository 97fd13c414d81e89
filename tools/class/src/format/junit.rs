//! The XML that most CI services show.

use std::time::Duration;

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use steps::report::Report;

pub fn write(reports: &[Report]) -> Result<String> {
    write_suites(reports.iter().map(|report| (report.step.clone(), report)))
}

/// Reports by the names of their test suites.
pub fn write_suites<'a>(reports: impl Iterator<Item = (String, &'a Report)>) -> Result<String> {
    let mut junit = Junit::new("Echo, step by step");
    for (name, report) in reports {
        let mut suite = TestSuite::new(name);
        if let Some(obstacle) = &report.obstacle {
            suite.set_system_err(obstacle.to_string());
        }
        suite.set_time(Duration::from_secs_f64(report.seconds));
        for test in &report.tests {
            let status = if test.passed {
                TestCaseStatus::success()
            } else {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type(report.verdict(test)).set_message(test.title());
                status.set_description(test.to_string());
                status
            };
            let mut case = TestCase::new(test.name.as_str(), status);
            case.set_classname(report.step.as_str()).set_time(Duration::from_secs_f64(test.seconds));
            suite.add_test_case(case);
        }
        junit.add_test_suite(suite);
    }
    let text = junit.to_string()?;
    // The schema of Jenkins knows this attribute of a suite, and not of all together.
    let text = text.replacen(" skipped=\"0\"", "", 1);
    // XML can't hold these two at all, and what a submission prints may; the library takes out the others.
    Ok(text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}
