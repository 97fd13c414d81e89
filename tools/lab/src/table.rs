//! The results as tables in a terminal.

use crate::results::{BUSY, Lab, TaskResult};
use crate::statistics::Spread;

pub fn write(lab: &Lab) -> String {
    let mut lines = Vec::new();
    for result in &lab.results {
        lines.push(result.title.clone());
        match &result.not_measured {
            Some(reason) => lines.push(format!("  not measured: {reason}")),
            None => rows(&mut lines, result),
        }
        lines.push(String::new());
    }
    lines.extend(lab.missing.iter().map(|missing| format!("Missing: {missing}")));
    let rounds = if lab.rounds == 1 { "1 round".into() } else { format!("{} rounds in turns", lab.rounds) };
    lines.push(format!(
        "{rounds}, {} s each: median (lowest to highest); a ratio is within a round.",
        lab.seconds
    ));
    lines.push(format!("{}.\n", lab.machine.told()));
    lines.join("\n")
}

fn rows(lines: &mut Vec<String>, result: &TaskResult) {
    let width = result.ranks.iter().map(|rank| rank.contestant.chars().count()).max().unwrap_or(0);
    let mut row = |name: &str, value: &str, ratio: &str| {
        lines.push(format!("  {name:width$}  {value:>40}  {ratio:>20}").trim_end().to_owned());
    };
    for (number, measure) in result.workload.measures().iter().enumerate() {
        let better = if measure.more_is_better { "more" } else { "less" };
        row("", &format!("{}, {} ({better} is better)", measure.name, measure.unit), "ratio");
        for rank in &result.ranks {
            let measured = &rank.measures[number];
            row(&rank.contestant, &spread(measured.value, figure), &spread(measured.ratio, ratio));
        }
    }
    for rank in result.ranks.iter().filter(|rank| rank.failures > 0) {
        let first = rank.first_failure.as_deref().unwrap_or("unknown");
        lines.push(format!("  {}: {} failed; the first: {first}", rank.contestant, rank.failures));
    }
    if result.generator_busy > 0.0 {
        let limit = if result.generator_busy > BUSY { ": it may be the limit here" } else { "" };
        let percent = result.generator_busy * 100.0;
        lines.push(format!("  the load generator was busy {percent:.0} % of the time at most{limit}"));
    }
}

pub fn spread(spread: Option<Spread>, figure: impl Fn(f64) -> String) -> String {
    let Some(Spread { median, min, max }) = spread else { return "-".into() };
    let [median, min, max] = [median, min, max].map(figure);
    if min == max { median } else { format!("{median} ({min} to {max})") }
}

/// To 1.
pub fn ratio(value: f64) -> String {
    format!("{value:.*}", if value < 0.1 { 3 } else { 2 })
}

/// With three digits that mean something, and a comma between thousands.
pub fn figure(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.*}", if value < 10.0 { 2 } else { 1 });
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        for (value, text) in
            [(0.5, "0.50"), (12.34, "12.3"), (100.0, "100"), (1234.5, "1,234"), (1_000_000.0, "1,000,000")]
        {
            assert_eq!(figure(value), text);
        }
    }
}
