//! The results as one page that needs no other file.

use maud::{Markup, html};

use crate::plot::{self, Series};
use crate::results::{Lab, Measured, Rank, TaskResult};
use crate::server::Contestant;
use crate::statistics::Spread;
use crate::table::{notes, rows};
use crate::words::{self, count, figure};
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
                [result] if task.workload == Workload::Latency => figure { (latency(lab, result)) },
                [result] => figure { (bars(lab, result)) },
                _ => figure { (messages(lab, heading, &measured)) },
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

/// What `rank` reached. A server has the same color in all plots.
fn series<'a>(lab: &Lab, rank: &'a Rank, points: impl IntoIterator<Item = (f64, Spread)>) -> Series<'a> {
    let place = lab.contestants.iter().position(|it| it.name == rank.contestant.name);
    let Measured { value, ratio, .. } = rank.measures[0];
    let [value, ratio] = [value.map(|it| figure(it.median)), ratio.map(|it| words::ratio(it.median))];
    Series {
        name: &rank.contestant.name,
        label: value.map_or("no figure".into(), |value| {
            [value].into_iter().chain(ratio).collect::<Vec<_>>().join(" · ")
        }),
        points: points.into_iter().collect(),
        failed: rank.failures > 0,
        color: place.expect("it is one of them"),
    }
}

fn bars(lab: &Lab, result: &TaskResult) -> Markup {
    let measure = &result.task.measures()[0];
    let point = |rank: &Rank| rank.measures[0].value.map(|value| (0.0, value));
    let bars: Vec<Series> = result.ranks.iter().map(|rank| series(lab, rank, point(rank))).collect();
    html! {
        figcaption.quiet { (measure.unit) ": " @if measure.more_is_better { "more" } @else { "less" } " is better" }
        (plot::bars(&result.task.title, &bars))
    }
}

/// The whole distribution, stretched toward its end: 90 %, 99 % and 99.9 % are equally far apart.
fn latency(lab: &Lab, result: &TaskResult) -> Markup {
    let lines: Vec<Series> = result.ranks.iter().map(|rank| series(lab, rank, curve(rank))).collect();
    let ticks = [(50.0, "50 %"), (90.0, "90 %"), (99.0, "99 %"), (99.9, "99.9 %")];
    html! {
        figcaption.quiet { "µs within which this many echoes were back: less is better" }
        (plot::lines(&result.task.title, &lines, &ticks.map(|(percentile, name)| (rarity(percentile), name)), "µs"))
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
    let all =
        results.iter().flat_map(|it| it.ranks.iter().map(|rank| (f64::from(it.task.connections), rank)));
    let line = |contestant: &Contestant| {
        let own = all.clone().filter(|(_, rank)| rank.contestant.name == contestant.name);
        let points = own.clone().filter_map(|(at, rank)| Some((at, rank.measures[0].value?)));
        let failed = own.clone().any(|(_, rank)| rank.failures > 0);
        Some(Series { failed, ..series(lab, own.clone().next()?.1, points) })
    };
    let lines: Vec<Series> = lab.contestants.iter().filter_map(line).collect();
    let counts: Vec<String> = results.iter().map(|result| result.task.connections.to_string()).collect();
    html! {
        figcaption.quiet { "messages/s at " (counts.join(", ")) " connections: more is better" }
        (plot::lines(title, &lines, &[], "messages/s"))
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
