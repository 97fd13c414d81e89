//! Plots in SVG. Colors and text sizes are those of the page.

use indicatif::HumanFloatCount;
use maud::{Markup, html};

use crate::statistics::Spread;
use crate::words::{figure, ratio};

/// All plots are as wide, in their own units; the page makes them as wide as there is room.
const WIDTH: f64 = 480.0;

/// A row of bars: the name with its figure, and the bar below.
const ROW: f64 = 36.0;

/// There are this many colors; then they are repeated with broken lines.
const COLORS: usize = 8;

/// From here on a linear scale would crush the least values.
const WIDE: f64 = 20.0;

/// A scale from values to places on the page. It begins at 0, unless it is logarithmic.
struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
    from: f64,
    to: f64,
}

impl Scale {
    /// Holds these values, and lies between two places.
    fn of(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let high = values.clone().fold(0.0, f64::max);
        let low = values.filter(|&value| value > 0.0).fold(high, f64::min);
        match high / low {
            // A little below and above, so that the least and the largest value are seen as well.
            spread if spread > WIDE => Self { low: low * 0.8, high: high * 1.25, is_log: true, from, to },
            _ => Self { low: 0.0, high: if high > 0.0 { high * 1.05 } else { 1.0 }, is_log: false, from, to },
        }
    }

    fn place(&self, value: f64) -> f64 {
        let part = if self.is_log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            value / self.high
        };
        self.from + part * (self.to - self.from)
    }

    /// Round values within the scale: at least four, and few enough to be read.
    fn ticks(&self) -> Vec<f64> {
        let round = |steps: &'static [f64]| {
            (-9..15).flat_map(move |power| steps.iter().map(move |step| step * 10_f64.powi(power)))
        };
        if self.is_log {
            let within = |steps| round(steps).filter(|tick| (self.low..=self.high).contains(tick)).collect();
            let choices: [&[f64]; 3] = [&[1.0], &[1.0, 3.0], &[1.0, 2.0, 5.0]];
            let enough = choices.map(within).into_iter().find(|ticks: &Vec<f64>| ticks.len() >= 4);
            return enough.expect("a wide range holds four of them");
        }
        let step =
            round(&[1.0, 2.0, 5.0]).rfind(|step| self.high / step >= 3.0).expect("there is a small step");
        (0..8).map(|number| f64::from(number) * step).filter(|&tick| tick <= self.high).collect()
    }
}

/// A horizontal bar.
pub struct Bar<'a> {
    pub name: &'a str,
    pub value: Option<Spread>,
    pub ratio: Option<Spread>,
    pub failed: bool,
    /// Which color it has.
    pub color: usize,
}

/// Bars from 0 to the median, with a line from the lowest to the highest round. A log scale has no 0: there the median is a dot.
pub fn bars(title: &str, bars: &[Bar]) -> Markup {
    let values = bars.iter().filter_map(|bar| bar.value).flat_map(|value| [value.min, value.max]);
    let scale = Scale::of(values, 4.0, WIDTH - 12.0);
    #[allow(clippy::cast_precision_loss)] // there are few
    let bottom = bars.len() as f64 * ROW + 8.0;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (bottom + 20.0) } role="img" aria-label=(title) {
            @for tick in scale.ticks() {
                @let x = scale.place(tick);
                line.grid x1=(x) x2=(x) y1="0" y2=(bottom) {}
                text.tick x=(x.clamp(12.0, WIDTH - 24.0)) y=(bottom + 15.0) text-anchor="middle" { (HumanFloatCount(tick)) }
            }
            @for (bar, row) in bars.iter().zip(0_u32..) {
                @let y = f64::from(row) * ROW;
                text.name.failed[bar.failed] x="4" y=(y + 14.0) { (bar.name) @if bar.failed { " (failures)" } }
                text.name x=(WIDTH - 4.0) y=(y + 14.0) text-anchor="end" { (label(bar)) }
                @if let Some(value) = bar.value {
                    @if scale.is_log {
                        g class=(class(bar.color)) { circle cx=(scale.place(value.median)) cy=(y + 25.0) r="6" {} }
                    } @else {
                        rect class={ (class(bar.color)) " bar" } x="4" y=(y + 20.0) height="10"
                            width=(scale.place(value.median) - 4.0) {}
                    }
                    line.spread x1=(scale.place(value.min)) x2=(scale.place(value.max)) y1=(y + 25.0) y2=(y + 25.0) {}
                }
            }
        }
    }
}

fn label(bar: &Bar) -> String {
    let Some(value) = bar.value else { return "no figure".into() };
    let to_first = bar.ratio.map(|it| format!(" · {}", ratio(it.median)));
    figure(value.median) + &to_first.unwrap_or_default()
}

/// A line through what one contestant reached at each x.
pub struct Series<'a> {
    pub name: &'a str,
    pub points: Vec<(f64, Spread)>,
    pub failed: bool,
    pub color: usize,
}

/// Lines. `ticks` are marked below, each by its name; without any, round values are.
pub fn lines(title: &str, series: &[Series], ticks: &[(f64, &str)], unit: &str) -> Markup {
    let height = 300.0;
    let points = || series.iter().flat_map(|line| &line.points);
    let across = Scale::of(points().map(|(x, _)| *x), 68.0, WIDTH - 12.0);
    let up = Scale::of(points().flat_map(|(_, spread)| [spread.min, spread.max]), height - 24.0, 20.0);
    let round = || across.ticks().into_iter().map(|tick| (tick, HumanFloatCount(tick).to_string()));
    let named: Vec<_> = ticks.iter().map(|(x, name)| (*x, (*name).to_owned())).collect();
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(title) {
            text x="4" y="12" { (unit) }
            @for tick in up.ticks() {
                @let y = up.place(tick);
                line.grid x1="64" x2=(WIDTH) y1=(y) y2=(y) {}
                text.tick x="60" y=(y + 4.0) text-anchor="end" { (HumanFloatCount(tick)) }
            }
            @for (x, name) in if named.is_empty() { round().collect() } else { named } {
                @let x = across.place(x);
                line.grid x1=(x) x2=(x) y1="20" y2=(height - 24.0) {}
                text.tick x=(x) y=(height - 8.0) text-anchor="middle" { (name) }
            }
            @for line in series {
                @let place = |(x, spread): &(f64, Spread)| (across.place(*x), up.place(spread.median));
                @let points: Vec<String> = line.points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                g class=(class(line.color)) {
                    polyline points=(points.join(" ")) {}
                    @for (x, spread) in &line.points {
                        @let x = across.place(*x);
                        line x1=(x) x2=(x) y1=(up.place(spread.min)) y2=(up.place(spread.max)) {}
                        circle cx=(x) cy=(up.place(spread.median)) r="3" {}
                    }
                }
            }
        }
        ul.legend {
            @for line in series {
                li.failed[line.failed] {
                    svg.key viewBox="0 0 24 8" aria-hidden="true" { g class=(class(line.color)) { polyline points="0,4 24,4" {} } }
                    (line.name) @if line.failed { " (failures)" }
                }
            }
        }
    }
}

fn class(color: usize) -> String {
    let broken = if color >= COLORS { " broken" } else { "" };
    format!("c{}{broken}", color % COLORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_scale_gives_each_multiple_the_same_room() {
        let scale = Scale { low: 1.0, high: 100.0, is_log: true, from: 0.0, to: 200.0 };
        assert!((scale.place(10.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_scale_is_logarithmic_only_if_a_linear_one_would_crush_the_least_value() {
        assert!(!Scale::of([50.0, 1000.0].into_iter(), 0.0, 1.0).is_log);
        assert!(Scale::of([40.0, 1000.0].into_iter(), 0.0, 1.0).is_log);
    }

    #[test]
    fn ticks_are_round_and_at_least_four() {
        let ticks = |values: &[f64]| Scale::of(values.iter().copied(), 0.0, 1.0).ticks();
        assert_eq!(ticks(&[950.0]), [0.0, 200.0, 400.0, 600.0, 800.0]);
        assert_eq!(ticks(&[10.0, 500.0]), [10.0, 30.0, 100.0, 300.0]);
        for high in [0.07, 1.0, 2.9, 30.0, 31.0, 449.0, 1e3, 2.5e5, 9.99e6] {
            for least in [1.0, 0.049, 0.02, 1e-3, 1e-4] {
                let count = ticks(&[high * least, high]).len();
                assert!((4..=9).contains(&count), "{count} ticks from {least} of {high} to {high}");
            }
        }
        assert!(!ticks(&[]).is_empty());
    }
}
