//! Plots in SVG. Colors and text sizes are those of the page.

use indicatif::HumanFloatCount;
use maud::{Markup, html};

use crate::statistics::Spread;

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
        // A little below and above, so that the least and the largest value are seen as well.
        match high / low {
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

/// What one contestant reached: at each x of a line, or once, for a bar.
pub struct Series<'a> {
    pub name: &'a str,
    /// Its figure in words, for a bar.
    pub label: String,
    pub points: Vec<(f64, Spread)>,
    pub failed: bool,
    pub color: usize,
}

impl Series<'_> {
    fn class(&self) -> String {
        let broken = if self.color >= COLORS { " broken" } else { "" };
        format!("c{}{broken}", self.color % COLORS)
    }

    fn title(&self) -> String {
        format!("{}{}", self.name, if self.failed { " (failures)" } else { "" })
    }
}

/// All values of all series.
fn values<'a>(series: &'a [Series]) -> impl Iterator<Item = f64> + Clone + 'a {
    series.iter().flat_map(|series| &series.points).flat_map(|(_, value)| [value.min, value.max])
}

/// Bars from 0 to the median, with a line from the lowest to the highest round. A log scale has no 0: there the median is a dot.
pub fn bars(title: &str, series: &[Series]) -> Markup {
    let scale = Scale::of(values(series), 4.0, WIDTH - 12.0);
    #[allow(clippy::cast_precision_loss)] // there are few
    let bottom = series.len() as f64 * ROW + 8.0;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (bottom + 20.0) } role="img" aria-label=(title) {
            @for tick in scale.ticks() {
                @let x = scale.place(tick);
                line.grid x1=(x) x2=(x) y1="0" y2=(bottom) {}
                text.tick x=(x.clamp(12.0, WIDTH - 24.0)) y=(bottom + 15.0) text-anchor="middle" { (HumanFloatCount(tick)) }
            }
            @for (bar, row) in series.iter().zip(0_u32..) {
                @let y = f64::from(row) * ROW;
                text.name.failed[bar.failed] x="4" y=(y + 14.0) { (bar.title()) }
                text.name x=(WIDTH - 4.0) y=(y + 14.0) text-anchor="end" { (bar.label) }
                @for (_, value) in &bar.points {
                    g class=(bar.class()) {
                        @if scale.is_log {
                            circle cx=(scale.place(value.median)) cy=(y + 25.0) r="6" {}
                        } @else {
                            rect.bar x="4" y=(y + 20.0) height="10" width=(scale.place(value.median) - 4.0) {}
                        }
                    }
                    line.spread x1=(scale.place(value.min)) x2=(scale.place(value.max)) y1=(y + 25.0) y2=(y + 25.0) {}
                }
            }
        }
    }
}

/// Lines. `ticks` are marked below, each by its name; without any, round values are.
pub fn lines(title: &str, series: &[Series], ticks: &[(f64, &str)], unit: &str) -> Markup {
    let height = 300.0;
    let xs = series.iter().flat_map(|line| &line.points).map(|(x, _)| *x);
    let across = Scale::of(xs, 68.0, WIDTH - 12.0);
    let up = Scale::of(values(series), height - 24.0, 20.0);
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
                @let points = line.points.iter().map(|(x, value)| (across.place(*x), value));
                @let path: Vec<_> = points.clone().map(|(x, value)| format!("{x:.1},{:.1}", up.place(value.median))).collect();
                g class=(line.class()) {
                    polyline points=(path.join(" ")) {}
                    @for (x, value) in points {
                        line x1=(x) x2=(x) y1=(up.place(value.min)) y2=(up.place(value.max)) {}
                        circle cx=(x) cy=(up.place(value.median)) r="3" {}
                    }
                }
            }
        }
        ul.legend {
            @for line in series {
                li.failed[line.failed] {
                    svg.key viewBox="0 0 24 8" aria-hidden="true" { g class=(line.class()) { polyline points="0,4 24,4" {} } }
                    (line.title())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_range_has_a_log_scale_that_gives_each_multiple_the_same_room() {
        let scale = |least| Scale::of([least, 1000.0].into_iter(), 0.0, 1.0);
        assert!(!scale(50.0).is_log);
        let wide = scale(10.0);
        assert!(wide.is_log);
        let room = |value| wide.place(value * 10.0) - wide.place(value);
        assert!((room(10.0) - room(100.0)).abs() < 1e-9);
    }

    #[test]
    fn ticks_are_round_and_at_least_four() {
        let ticks = |values: &[f64]| Scale::of(values.iter().copied(), 0.0, 1.0).ticks();
        assert_eq!(ticks(&[900.0]), [0.0, 200.0, 400.0, 600.0, 800.0]);
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
