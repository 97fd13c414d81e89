//! The results as tables: of words, and in a terminal.

use comfy_table::{CellAlignment, Table, presets};

use crate::results::{Lab, TaskResult};
use crate::words::{count, figure, percent, ratio, spread};
use crate::workload::Measure;

/// The rows of a measure, its head first: a server, its figure, its ratio to the first server, and how busy the load generator was.
pub fn rows(result: &TaskResult, measure: usize) -> Vec<[String; 4]> {
    let all = result.task.measures();
    let Measure { name, unit, more_is_better, .. } = &all[measure];
    let name = if all.len() > 1 { format!("{name}, ") } else { String::new() };
    let better = if *more_is_better { "more" } else { "less" };
    let head = format!("{name}{unit} ({better} is better)");
    let rows = result.ranks.iter().map(|rank| {
        let measured = &rank.measures[measure];
        let busy = rank.generator_busy.map_or("-".into(), |busy| percent(busy.median));
        let name = rank.contestant.name.clone();
        [name, spread(measured.value, figure), spread(measured.ratio, ratio), busy]
    });
    [[String::new(), head, "ratio".into(), "load generator".into()]].into_iter().chain(rows).collect()
}

/// What must be known about the figures, a sentence each: what failed, and what limited them.
pub fn notes(result: &TaskResult) -> Vec<String> {
    let failed = result.ranks.iter().filter(|rank| rank.failures > 0).map(|rank| {
        let first = rank.first_failure.as_deref().unwrap_or("unknown");
        format!("{}: {} failed; the first: {first}", rank.contestant.name, rank.failures)
    });
    let limited = result.ranks.iter().filter(|rank| rank.is_limited()).map(|rank| {
        format!("{}: limited by the load generator, so the server may be faster", rank.contestant.name)
    });
    let reason = result.not_measured.iter().map(|reason| format!("not measured: {reason}"));
    reason.chain(failed).chain(limited).collect()
}

/// All results, for a terminal.
pub fn write(lab: &Lab) -> String {
    let mut lines = Vec::new();
    for result in lab.begun() {
        lines.push(result.task.title.clone());
        let measures = if result.ranks.is_empty() { 0 } else { result.task.measures().len() };
        lines.extend((0..measures).map(|measure| align(rows(result, measure))));
        lines.extend(notes(result).into_iter().map(|note| format!("  {note}")));
        lines.push(String::new());
    }
    lines.extend(lab.missing.iter().map(|missing| format!("Missing: {missing}")));
    let rounds = count(lab.rounds as usize, "round");
    lines.push(format!(
        "{rounds} of {} s: median (lowest to highest). A ratio is within a round.",
        lab.seconds
    ));
    lines.push(format!("{}.", lab.machine.line()));
    lines.extend(lab.unfinished());
    lines.join("\n") + "\n"
}

fn align(rows: Vec<[String; 4]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).add_rows(rows);
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table.trim_fmt().lines().map(|line| format!(" {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Rank;
    use crate::statistics::Spread;
    use crate::workload;

    #[test]
    fn a_busy_load_generator_is_named_as_the_limit() {
        let rank = |busy: f64| Rank { generator_busy: Spread::of([busy]), ..Rank::default() };
        let task = workload::tasks(&[load::Workload::Churn], &[], 1).remove(0);
        let result = TaskResult { task, not_measured: None, ranks: vec![rank(0.5), rank(0.99)] };
        assert_eq!(notes(&result), [": limited by the load generator, so the server may be faster"]);
    }
}
