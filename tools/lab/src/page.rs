//! The results as one page that needs no other file.

use maud::{Markup, html};

use crate::plot::{self, Bar, Series};
use crate::results::{Lab, Rank, TaskResult};
use crate::statistics::Spread;
use crate::table::{notes, rows};
use crate::words::count;
use load::Workload;
use steps::page;

pub fn write(lab: &Lab) -> String {
    // Results of one workload stand together: only `messages` has several, one for each number of connections.
    let results: Vec<&TaskResult> = lab.begun().collect();
    let body = html! {
        p.quiet { (lab.date) ". " (lab.machine.line()) "." }
        @if let Some(unfinished) = lab.unfinished() { p.failed { (unfinished) } }
        p {
            (count(lab.rounds as usize, "round")) ", " (lab.seconds) " s per measurement. "
            @if lab.rounds > 1 {
                "Each figure is the median; the thin line goes from the lowest round to the highest. "
            }
            "The second figure is the ratio to the bare loop within a round. Servers and load generator share the machine, so \
             compare only ratios of one run."
        }
        @if !lab.missing.is_empty() { p.quiet { "Missing: " (lab.missing.join("; ")) "." } }
        main {
            @for results in results.chunk_by(|a, b| a.task.workload == b.task.workload) { (section(lab, results)) }
        }
    };
    page::write("Echo, step by step: the speed lab", include_str!("page.css"), &body)
}

fn section(lab: &Lab, results: &[&TaskResult]) -> Markup {
    let task = &results[0].task;
    let measured: Vec<&TaskResult> =
        results.iter().copied().filter(|result| result.not_measured.is_none()).collect();
    let heading = if results.len() > 1 { "Messages per second" } else { &task.title };
    html! {
        section id=(format!("{:?}", task.workload).to_lowercase()) {
            h2 { (heading) }
            p { (task.lesson()) }
            @match &measured[..] {
                [] => {}
                [result] if task.workload == Workload::Latency => (latency(lab, result)),
                [result] => (bars(lab, result)),
                _ => (messages(lab, heading, &measured)),
            }
            @for result in results {
                @for note in notes(result) {
                    p.failed { @if results.len() > 1 { (result.task.title) ": " } (note) }
                }
            }
            @for result in measured { (tables(result)) }
        }
    }
}

/// A server has the same color in all plots.
fn color(lab: &Lab, rank: &Rank) -> usize {
    let place = lab.contestants.iter().position(|it| it.name == rank.contestant.name);
    place.expect("it is one of them")
}

fn bars(lab: &Lab, result: &TaskResult) -> Markup {
    let measure = &result.task.measures()[0];
    let bars: Vec<Bar> = result
        .ranks
        .iter()
        .map(|rank| Bar {
            name: &rank.contestant.name,
            value: rank.measures[0].value,
            ratio: rank.measures[0].ratio,
            failed: rank.failures > 0,
            color: color(lab, rank),
        })
        .collect();
    html! {
        figure {
            figcaption.quiet { (measure.unit) ": " @if measure.more_is_better { "more" } @else { "less" } " is better" }
            (plot::bars(&result.task.title, &bars))
        }
    }
}

fn line<'a>(lab: &Lab, rank: &'a Rank, points: Vec<(f64, Spread)>) -> Series<'a> {
    Series { name: &rank.contestant.name, points, failed: rank.failures > 0, color: color(lab, rank) }
}

/// The whole distribution, stretched toward its end: 90 %, 99 % and 99.9 % are equally far apart.
fn latency(lab: &Lab, result: &TaskResult) -> Markup {
    let series: Vec<Series> = result.ranks.iter().map(|rank| line(lab, rank, curve(rank))).collect();
    let ticks = [(50.0, "50 %"), (90.0, "90 %"), (99.0, "99 %"), (99.9, "99.9 %")];
    html! {
        figure {
            figcaption.quiet { "µs within which this many echoes were back: less is better" }
            (plot::lines(&result.task.title, &series, &ticks.map(|(percentile, name)| (rarity(percentile), name)), "µs"))
        }
    }
}

/// One of how many messages takes longer.
fn rarity(percentile: f64) -> f64 {
    100.0 / (100.0 - percentile)
}

fn curve(rank: &Rank) -> Vec<(f64, Spread)> {
    let curves: Vec<_> = rank.rounds.iter().map(|round| &round.latency).filter(|it| !it.is_empty()).collect();
    let percentiles = curves.first().into_iter().copied().flatten().enumerate();
    let shown = percentiles.filter(|(_, (percentile, _))| (50.0..=99.9).contains(percentile));
    let spread = |at: usize| Spread::of(curves.iter().map(|curve| curve[at].1));
    shown.filter_map(|(at, (percentile, _))| Some((rarity(*percentile), spread(at)?))).collect()
}

fn messages(lab: &Lab, title: &str, results: &[&TaskResult]) -> Markup {
    let series: Vec<Series> = lab
        .contestants
        .iter()
        .filter_map(|contestant| {
            let ranks = results.iter().flat_map(|it| it.ranks.iter().map(|rank| (it.task.connections, rank)));
            let own: Vec<_> = ranks.filter(|(_, rank)| rank.contestant.name == contestant.name).collect();
            let points = own.iter().filter_map(|(at, rank)| Some((f64::from(*at), rank.measures[0].value?)));
            let failed = own.iter().any(|(_, rank)| rank.failures > 0);
            Some(Series { failed, ..line(lab, own.first()?.1, points.collect()) })
        })
        .collect();
    let counts: Vec<String> = results.iter().map(|result| result.task.connections.to_string()).collect();
    html! {
        figure {
            figcaption.quiet { "messages/s at " (counts.join(", ")) " connections: more is better" }
            (plot::lines(title, &series, &[], "messages/s"))
        }
    }
}

fn tables(result: &TaskResult) -> Markup {
    html! {
        details {
            summary { (result.task.title) span.quiet { ", the figures" } }
            @for measure in 0..result.task.measures().len() {
                @let rows = rows(result, measure);
                div.wide {
                    table {
                        thead { tr { @for cell in &rows[0] { th { (cell) } } } }
                        tbody {
                            @for [name, cells @ ..] in &rows[1..] {
                                tr { th scope="row" { (name) } @for cell in cells { td { (cell) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}
