//! The class as one page that needs no other file.

use std::collections::BTreeMap;

use chrono::Local;
use maud::{Markup, PreEscaped, html};

use super::Exam;
use crate::record::Record;
use grader::text::plain;
use steps::page;
use steps::report::{Report, TestReport, title};

/// What is said of a test is cut after this many characters: a page is read by people.
const LONGEST: usize = 20_000;

/// Opens a student's part of the page when a link leads there.
const SCRIPT: &str = "addEventListener('hashchange', open_part); open_part();
function open_part() {
  const part = document.getElementById(location.hash.slice(1));
  if (part) { part.open = true; part.scrollIntoView(); }
}";

pub fn write(exams: &[Exam], records: &[&Record]) -> String {
    let body = html! {
        p.quiet { (records.len()) " students, " (exams.len()) " steps, " (Local::now().format("%Y-%m-%d %H:%M")) }
        h2 { "Students" }
        div.wide { (students(exams, records)) }
        h2 { "Tests" }
        p.quiet { "How many students pass each. What few pass is worth a lesson." }
        @for (number, exam) in exams.iter().enumerate() {
            h3 { (exam.step) }
            (tests(exam, &records.iter().map(|record| &record.reports[number]).collect::<Vec<_>>()))
        }
        h2 { "What failed" }
        @for (number, record) in records.iter().enumerate() { (student(number, record)) }
        script { (PreEscaped(SCRIPT)) }
    };
    page::write("Echo, step by step: the class", include_str!("page.css"), &body)
}

/// Students down, steps across.
fn students(exams: &[Exam], records: &[&Record]) -> Markup {
    let all: usize = exams.iter().map(|exam| exam.names.len()).sum();
    html! {
        table #students {
            thead {
                tr {
                    th { "student" }
                    th { "passed" small { "of " (all) } }
                    @for exam in exams {
                        @let (number, name) = exam.step.name().split_at(2);
                        th title=(exam.step) { (number) small { (name.replace('_', " ").trim()) } }
                    }
                }
            }
            tbody {
                @for (number, record) in records.iter().enumerate() {
                    tr {
                        th scope="row" { a href={ "#student-" (number) } { (plain(&record.student)) } }
                        (share(record.passed(), all, &record.passed().to_string()))
                        @for report in &record.reports { (cell(report)) }
                    }
                }
            }
        }
    }
}

fn cell(report: &Report) -> Markup {
    match &report.obstacle {
        Some(obstacle) => html! { td.obstacle { (obstacle.verdict) } },
        None => {
            let (passed, count) = (report.passed(), report.tests.len());
            share(passed, count, &format!("{passed} of {count}"))
        }
    }
}

/// A cell that is filled as far as `part` of `whole` goes.
fn share(part: usize, whole: usize, text: &str) -> Markup {
    let percent = part * 100 / whole.max(1);
    html! { td.share style={ "--passed-share: " (percent) "%" } { (text) } }
}

/// The tests of a step, those first that the fewest pass, each with what went wrong.
fn tests<'a>(exam: &Exam, reports: &[&'a Report]) -> Markup {
    let mut rows: Vec<(usize, &str, BTreeMap<&str, usize>)> = Vec::new();
    for name in &exam.names {
        let of_name = |report: &&'a Report| -> Option<(&'a Report, &'a TestReport)> {
            Some((*report, report.tests.iter().find(|test| test.name == *name)?))
        };
        let (passed, failed): (Vec<_>, Vec<_>) =
            reports.iter().filter_map(of_name).partition(|(_, test)| test.passed);
        let mut verdicts = BTreeMap::new();
        for (report, test) in failed {
            *verdicts.entry(report.verdict(test)).or_default() += 1;
        }
        rows.push((passed.len(), name, verdicts));
    }
    rows.sort_by_key(|(passed, ..)| *passed);
    html! {
        table {
            tbody {
                @for (passed, name, verdicts) in rows {
                    tr {
                        (share(passed, reports.len(), &format!("{passed} of {}", reports.len())))
                        td.test { (title(name)) }
                        td.test.quiet {
                            @for (number, (verdict, count)) in verdicts.iter().enumerate() {
                                @if number > 0 { ", " }
                                (count) " " (verdict)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The tests that a student's program fails, with what was said on the wire.
fn student(number: usize, record: &Record) -> Markup {
    let steps = record.reports.iter().filter(|report| !report.all_pass());
    html! {
        details id={ "student-" (number) } {
            summary { (plain(&record.student)) span.quiet { ", " (record.passed()) " passed, " (format!("{:.0} s", record.seconds)) } }
            @for report in steps {
                h3 { (report.step) }
                @if let Some(obstacle) = &report.obstacle {
                    pre { (cut(&obstacle.to_string())) }
                } @else {
                    @for test in report.failed() {
                        details {
                            summary { (test.title()) span.quiet { ": " (test.verdict()) } }
                            pre { (cut(&test.to_string())) }
                        }
                    }
                }
            }
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\n... (results.json has the rest)", &text[..end]),
        None => text.to_owned(),
    }
}
