//! Words and figures as people read them.

use std::io::{self, Write};

use indicatif::HumanFloatCount;

use crate::statistics::Spread;

/// Writes a line to standard error, if anybody reads it.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// "1 server", "2 servers".
pub fn count(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The median, and what it lies between.
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
    match value {
        _ if value < 10.0 => format!("{value:.2}"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => HumanFloatCount(value.round()).to_string(),
    }
}

pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        for (value, text) in
            [(0.5, "0.50"), (12.34, "12.3"), (100.0, "100"), (1234.5, "1,235"), (1_000_000.0, "1,000,000")]
        {
            assert_eq!(figure(value), text);
        }
    }
}
