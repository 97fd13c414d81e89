//! The class as one page that needs no other file.

use std::collections::BTreeMap;

use chrono::Local;
use maud::{Markup, PreEscaped, html};

use super::Exam;
use crate::record::Record;
use steps::page;
use steps::report::{Criterion, Report};

/// A criterion's conversation is cut after this many characters: a page is read by people.
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
        h2 { "Criteria" }
        p.quiet { "How many students meet each. What few meet is worth a lesson." }
        @for (number, exam) in exams.iter().enumerate() {
            h3 { (exam.step) }
            (criteria(exam, &records.iter().map(|record| &record.reports[number]).collect::<Vec<_>>()))
        }
        h2 { "What was not met" }
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
                    th { "met" small { "of " (all) } }
                    @for exam in exams {
                        @let (number, name) = exam.step.name().split_at(2);
                        th title=(exam.step) { (number) small { (name.replace('_', " ").trim()) } }
                    }
                }
            }
            tbody {
                @for (number, record) in records.iter().enumerate() {
                    tr {
                        th scope="row" { a href={ "#student-" (number) } { (record.student) } }
                        (share(record.met(), all, &record.met().to_string()))
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
            let count = report.criteria.len();
            share(report.met, count, &format!("{} of {count}", report.met))
        }
    }
}

/// A cell that is filled as far as `part` of `whole` goes.
fn share(part: usize, whole: usize, text: &str) -> Markup {
    let percent = part * 100 / whole.max(1);
    html! { td.share style={ "--met-share: " (percent) "%" } { (text) } }
}

/// The criteria of a step, those first that the fewest meet, each with what went wrong.
fn criteria(exam: &Exam, reports: &[&Report]) -> Markup {
    let mut rows: Vec<(usize, &str, BTreeMap<&str, usize>)> = Vec::new();
    for name in &exam.names {
        let graded =
            reports.iter().filter_map(|report| report.criteria.iter().find(|found| found.name == *name));
        let (met, unmet): (Vec<&Criterion>, Vec<&Criterion>) = graded.partition(|criterion| criterion.met);
        let mut verdicts = BTreeMap::new();
        for criterion in unmet {
            *verdicts.entry(criterion.verdict.as_str()).or_default() += 1;
        }
        rows.push((met.len(), name, verdicts));
    }
    rows.sort_by_key(|(met, ..)| *met);
    html! {
        table {
            tbody {
                @for (met, name, verdicts) in rows {
                    tr {
                        (share(met, reports.len(), &format!("{met} of {}", reports.len())))
                        td.criterion { (steps::report::title(name)) }
                        td.criterion.quiet {
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

/// All that a student didn't meet, with what was said on the wire.
fn student(number: usize, record: &Record) -> Markup {
    let steps = record.reports.iter().filter(|report| !report.is_met());
    html! {
        details id={ "student-" (number) } {
            summary { (record.student) span.quiet { ", " (record.met()) " met, " (format!("{:.0} s", record.seconds)) } }
            @for report in steps {
                h3 { (report.step) }
                @if let Some(obstacle) = &report.obstacle {
                    p { (obstacle.verdict) }
                    pre { (cut(&obstacle.message)) }
                } @else {
                    @for criterion in report.not_met() {
                        details {
                            summary { (criterion.title) span.quiet { ": " (criterion.verdict) } }
                            pre { (cut(&criterion.text())) }
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
