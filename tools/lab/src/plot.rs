//! Plots in SVG. Colours and text sizes are those of the page.

use maud::{Markup, html};

use crate::statistics::Spread;
use crate::table::{figure, ratio};

/// All plots are as wide, in their own units; the page makes them as wide as there is room.
const WIDTH: f64 = 480.0;

/// A row of bars: the name with its figure, and the bar below.
const ROW: f64 = 36.0;

/// So many colours; then they are repeated with broken lines.
const COLOURS: usize = 8;

/// A scale from values to places on the page.
#[derive(Clone, Copy)]
pub struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
    from: f64,
    to: f64,
}

impl Scale {
    /// Begins at 0.
    pub fn linear(values: &[f64]) -> Self {
        let high = values.iter().copied().fold(0.0, f64::max);
        Self { low: 0.0, high: if high > 0.0 { high } else { 1.0 }, is_log: false, from: 0.0, to: 0.0 }
    }

    /// Each step is a multiple. It begins a little below the least value, so that this is seen as well.
    pub fn log(values: &[f64]) -> Self {
        let above = values.iter().copied().filter(|&value| value > 0.0);
        let (low, high) = above.fold((f64::INFINITY, 0.0_f64), |(low, high), it| (low.min(it), high.max(it)));
        let (low, high) = if high > 0.0 { (low * 0.8, high * 1.25) } else { (1.0, 10.0) };
        Self { low, high, is_log: true, from: 0.0, to: 0.0 }
    }

    fn between(self, from: f64, to: f64) -> Self {
        Self { from, to, ..self }
    }

    fn place(self, value: f64) -> f64 {
        let part = if self.is_log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            value / self.high
        };
        self.from + part * (self.to - self.from)
    }

    /// Round values within the scale, few enough to be read.
    fn ticks(self) -> Vec<f64> {
        let ticks = |steps: &[f64]| -> Vec<f64> {
            let all = (-6..13).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
            all.filter(|tick| (self.low..=self.high).contains(tick)).collect()
        };
        if !self.is_log {
            let steps = (-6..13).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)));
            let step = steps.into_iter().find(|step| self.high / step <= 5.0).unwrap_or(self.high);
            return (0..=5)
                .map(|number| f64::from(number) * step)
                .filter(|tick| *tick <= self.high)
                .collect();
        }
        let fine = ticks(&[1.0, 2.0, 5.0]);
        if fine.len() > 6 { ticks(&[1.0]) } else { fine }
    }
}

/// A horizontal bar.
pub struct Bar<'a> {
    pub name: &'a str,
    pub value: Option<Spread>,
    pub ratio: Option<Spread>,
    pub failed: bool,
    /// Which colour it has.
    pub colour: usize,
}

/// Bars from 0 to the median, with a line from the lowest to the highest round. A log scale has no 0: there the median is a dot.
pub fn bars(title: &str, bars: &[Bar], scale: Scale) -> Markup {
    let scale = scale.between(4.0, WIDTH - 12.0);
    #[allow(clippy::cast_precision_loss)] // there are few
    let bottom = bars.len() as f64 * ROW + 8.0;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (bottom + 20.0) } role="img" aria-label=(title) {
            @for tick in scale.ticks() {
                @let x = scale.place(tick);
                line.grid x1=(x) x2=(x) y1="0" y2=(bottom) {}
                text x=(x.clamp(12.0, WIDTH - 24.0)) y=(bottom + 15.0) text-anchor="middle" { (short(tick)) }
            }
            @for (bar, row) in bars.iter().zip(0_u32..) {
                @let y = f64::from(row) * ROW;
                text.name.failed[bar.failed] x="4" y=(y + 14.0) { (bar.name) @if bar.failed { " (failures)" } }
                text.name x=(WIDTH - 4.0) y=(y + 14.0) text-anchor="end" { (told(bar)) }
                @if let Some(value) = bar.value {
                    @if scale.is_log {
                        g class=(class(bar.colour)) { circle cx=(scale.place(value.median)) cy=(y + 25.0) r="6" {} }
                    } @else {
                        rect class={ (class(bar.colour)) " bar" } x="4" y=(y + 20.0) height="10"
                            width=(scale.place(value.median) - 4.0) {}
                    }
                    line.spread x1=(scale.place(value.min)) x2=(scale.place(value.max)) y1=(y + 25.0) y2=(y + 25.0) {}
                }
            }
        }
    }
}

fn told(bar: &Bar) -> String {
    let Some(value) = bar.value else { return "no figure".into() };
    let to_first = bar.ratio.map(|it| format!(" · {}", ratio(it.median)));
    figure(value.median) + &to_first.unwrap_or_default()
}

/// A line through what one contestant reached at each x.
pub struct Series<'a> {
    pub name: &'a str,
    pub points: Vec<(f64, Spread)>,
    pub failed: bool,
    pub colour: usize,
}

/// Lines with both scales logarithmic. `ticks` are marked below, each by its name.
pub fn lines(title: &str, series: &[Series], ticks: &[(f64, String)], unit: &str) -> Markup {
    let height = 300.0;
    let spreads = || series.iter().flat_map(|line| &line.points).map(|(_, spread)| spread);
    let values: Vec<f64> = spreads().flat_map(|spread| [spread.min, spread.max]).collect();
    let xs: Vec<f64> = ticks.iter().map(|(x, _)| *x).collect();
    let across = Scale::log(&xs).between(56.0, WIDTH - 8.0);
    let up = Scale::log(&values).between(height - 24.0, 20.0);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(title) {
            text x="4" y="12" { (unit) }
            @for tick in up.ticks() {
                @let y = up.place(tick);
                line.grid x1="52" x2=(WIDTH) y1=(y) y2=(y) {}
                text x="48" y=(y + 4.0) text-anchor="end" { (short(tick)) }
            }
            @for (x, name) in ticks {
                @let x = across.place(*x);
                line.grid x1=(x) x2=(x) y1="20" y2=(height - 24.0) {}
                text x=(x) y=(height - 8.0) text-anchor="middle" { (name) }
            }
            @for line in series {
                @let place = |(x, spread): &(f64, Spread)| (across.place(*x), up.place(spread.median));
                @let points: Vec<String> = line.points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                g class=(class(line.colour)) {
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
                    svg.key viewBox="0 0 24 8" aria-hidden="true" { g class=(class(line.colour)) { polyline points="0,4 24,4" {} } }
                    (line.name) @if line.failed { " (failures)" }
                }
            }
        }
    }
}

fn class(colour: usize) -> String {
    let broken = if colour >= COLOURS { " broken" } else { "" };
    format!("c{}{broken}", colour % COLOURS)
}

/// A tick's name: 20k, 1M.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        _ if value >= 1e6 => (value / 1e6, "M"),
        _ if value >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    format!("{}{unit}", (value * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_scale_gives_each_multiple_the_same_room() {
        let scale = Scale { low: 1.0, high: 100.0, is_log: true, from: 0.0, to: 200.0 };
        assert!((scale.place(10.0) - 100.0).abs() < 1e-9);
        assert_eq!(scale.ticks(), [1.0, 10.0, 100.0]);
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(Scale::linear(&[950.0]).ticks(), [0.0, 200.0, 400.0, 600.0, 800.0]);
        assert_eq!([950.0, 20_000.0, 1.5e6].map(short), ["950", "20k", "1.5M"]);
    }
}
