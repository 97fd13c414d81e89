//! The results as one page that needs no other file.

use maud::{Markup, html};

use crate::plot::{self, Bar, Scale, Series};
use crate::results::{BUSY, Lab, Measured, Rank, TaskResult};
use crate::statistics::Spread;
use crate::table::{figure, ratio, spread};
use crate::workload::Workload;
use steps::page;

pub fn write(lab: &Lab) -> String {
    // Results of one workload stand together: only `messages` has several, one for each number of connections.
    let sections: Vec<&[TaskResult]> = lab.results.chunk_by(|a, b| a.workload == b.workload).collect();
    let body = html! {
        p.quiet { (lab.date) ". " (lab.machine.told()) "." }
        p {
            "Rounds in turns: " (lab.rounds) ", " (lab.seconds) " s each. Shown is the median; the thin line goes from the lowest \
             round to the highest. The second figure is the ratio to the bare loop, within a round. Servers and load \
             generator share the machine: only ratios of one run can be compared."
        }
        @if !lab.missing.is_empty() { p.quiet { "Missing: " (lab.missing.join("; ")) "." } }
        main { @for results in sections { (section(lab, results)) } }
    };
    page::write("Echo, step by step: the speed lab", include_str!("page.css"), &body)
}

fn section(lab: &Lab, results: &[TaskResult]) -> Markup {
    let first = &results[0];
    let measured: Vec<&TaskResult> = results.iter().filter(|result| result.not_measured.is_none()).collect();
    html! {
        section id=(first.workload.name()) {
            h2 { (heading(first)) }
            p { (first.workload.lesson()) }
            @if !measured.is_empty() { figure { (figures(lab, &measured)) } }
            @for result in results {
                @if let Some(reason) = &result.not_measured { p.failed { (result.title) ": not measured, " (reason) } }
                @for rank in result.ranks.iter().filter(|rank| rank.failures > 0) { (failure(result, rank)) }
            }
            @for result in measured { (table(result)) }
        }
    }
}

fn heading(result: &TaskResult) -> &str {
    if result.workload == Workload::Messages { "Messages a second" } else { &result.title }
}

fn figures(lab: &Lab, results: &[&TaskResult]) -> Markup {
    let result = results[0];
    let title = heading(result);
    match result.workload {
        Workload::Latency => latency(lab, result),
        Workload::Messages if results.len() > 1 => messages(lab, results),
        _ => {
            let measure = &result.workload.measures()[0];
            html! {
                figcaption.quiet {
                    (measure.unit) ": " @if measure.more_is_better { "more is better" } @else { "less is better" }
                }
                (bars(lab, title, result))
            }
        }
    }
}

/// From a few hundred bytes to a process, memory needs a log scale.
fn bars(lab: &Lab, title: &str, result: &TaskResult) -> Markup {
    let bars: Vec<Bar> = result
        .ranks
        .iter()
        .map(|rank| {
            let Measured { value, ratio, .. } = rank.measures[0];
            Bar { name: &rank.contestant, value, ratio, failed: rank.failures > 0, colour: colour(lab, rank) }
        })
        .collect();
    let highest: Vec<f64> = bars.iter().filter_map(|bar| Some(bar.value?.max)).collect();
    let lowest = bars.iter().filter_map(|bar| Some(bar.value?.min));
    let scale = if result.workload == Workload::Idle {
        Scale::log(&highest.iter().copied().chain(lowest).collect::<Vec<_>>())
    } else {
        Scale::linear(&highest)
    };
    plot::bars(title, &bars, scale)
}

/// The whole distribution, stretched towards its end: 50 %, 90 %, 99 % and 99.9 % are as far from each other.
fn latency(lab: &Lab, result: &TaskResult) -> Markup {
    let series: Vec<Series> = result.ranks.iter().map(|rank| line(lab, rank, curve(rank))).collect();
    let ticks = [50.0, 90.0, 99.0, 99.9].map(|percentile| (rarity(percentile), format!("{percentile} %")));
    html! {
        figcaption.quiet { "µs within which so many echoes were back: less is better" }
        (plot::lines(&result.title, &series, &ticks, "µs"))
    }
}

/// One of how many messages takes longer.
fn rarity(percentile: f64) -> f64 {
    100.0 / (100.0 - percentile)
}

fn curve(rank: &Rank) -> Vec<(f64, Spread)> {
    let curves: Vec<Vec<(f64, f64)>> = rank
        .rounds
        .iter()
        .filter_map(|round| serde_json::from_value(round["latency"]["curve"].clone()).ok())
        .collect();
    let percentiles = curves.first().into_iter().flatten().map(|(percentile, _)| *percentile);
    let at = |at: usize| Spread::of(&curves.iter().map(|curve| curve[at].1).collect::<Vec<_>>());
    let shown = percentiles.enumerate().filter(|(_, percentile)| (50.0..=99.9).contains(percentile));
    shown.filter_map(|(number, percentile)| Some((rarity(percentile), at(number)?))).collect()
}

fn messages(lab: &Lab, results: &[&TaskResult]) -> Markup {
    let names = results.iter().flat_map(|result| &result.ranks).map(|rank| &rank.contestant);
    let mut series: Vec<Series> = Vec::new();
    for name in names {
        if series.iter().any(|line| line.name == name) {
            continue;
        }
        let ranks =
            results.iter().flat_map(|result| result.ranks.iter().map(|rank| (result.connections, rank)));
        let own: Vec<(u32, &Rank)> = ranks.filter(|(_, rank)| rank.contestant == *name).collect();
        let points =
            own.iter().filter_map(|(count, rank)| Some((f64::from(*count), rank.measures[0].value?)));
        let failed = own.iter().any(|(_, rank)| rank.failures > 0);
        series.push(Series { failed, ..line(lab, own[0].1, points.collect()) });
    }
    let ticks: Vec<(f64, String)> = results
        .iter()
        .map(|result| (f64::from(result.connections), result.connections.to_string()))
        .collect();
    html! {
        figcaption.quiet { "messages/s at so many connections: more is better" }
        (plot::lines("Messages a second", &series, &ticks, "messages/s"))
    }
}

fn line<'a>(lab: &Lab, rank: &'a Rank, points: Vec<(f64, Spread)>) -> Series<'a> {
    Series { name: &rank.contestant, points, failed: rank.failures > 0, colour: colour(lab, rank) }
}

/// A server has the same colour in all plots.
fn colour(lab: &Lab, rank: &Rank) -> usize {
    let place = lab.contestants.iter().position(|it| it.name == rank.contestant);
    place.expect("it is one of them")
}

fn failure(result: &TaskResult, rank: &Rank) -> Markup {
    html! {
        p.failed {
            (rank.contestant) ", " (result.title) ": " (rank.failures) " failed. The first: "
            (rank.first_failure.as_deref().unwrap_or("unknown"))
        }
    }
}

fn table(result: &TaskResult) -> Markup {
    html! {
        details {
            summary { (result.title) span.quiet { ", the figures" } }
            div.wide {
                table {
                    thead {
                        tr {
                            th {}
                            @for measure in result.workload.measures() { th { (measure.name) small { (measure.unit) } } th { "ratio" } }
                            th { "failed" }
                        }
                    }
                    tbody {
                        @for rank in &result.ranks {
                            tr {
                                th scope="row" { (rank.contestant) }
                                @for measured in &rank.measures {
                                    td { (spread(measured.value, figure)) }
                                    td { (spread(measured.ratio, ratio)) }
                                }
                                td.failed[rank.failures > 0] { (rank.failures) }
                            }
                        }
                    }
                }
            }
            @if result.generator_busy > 0.0 {
                p.quiet {
                    "The load generator was busy " (format!("{:.0}", result.generator_busy * 100.0)) " % of the time at most"
                    @if result.generator_busy > BUSY { ": it may be the limit here" } "."
                }
            }
        }
    }
}
