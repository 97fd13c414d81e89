//! What was measured, as it is written.

use serde::Serialize;
use serde_json::{Value, json};

use crate::contestant::Contestant;
use crate::machine::Machine;
use crate::statistics::Spread;
use crate::workload::{Measure, Task, Workload};

/// Above this the load generator had hardly a pause: it may be what was measured.
pub const BUSY: f64 = 0.9;

/// A run of the lab.
#[derive(Serialize)]
pub struct Lab {
    pub date: String,
    pub machine: Machine,
    pub rounds: u32,
    /// That each measurement took.
    pub seconds: f64,
    pub contestants: Vec<Contestant>,
    /// Those that could not be started here, with the reason.
    pub missing: Vec<String>,
    pub results: Vec<TaskResult>,
}

/// All about one task.
#[derive(Serialize)]
pub struct TaskResult {
    pub workload: Workload,
    pub connections: u32,
    pub title: String,
    /// Why nothing was measured.
    pub not_measured: Option<String>,
    /// The part of the time in which the load generator was busy, in its busiest round.
    pub generator_busy: f64,
    /// The first is what the others are compared with.
    pub ranks: Vec<Rank>,
}

/// How one contestant did.
#[derive(Serialize)]
pub struct Rank {
    pub contestant: String,
    pub measures: Vec<Measured>,
    pub failures: u64,
    pub first_failure: Option<String>,
    /// What the load generator said, round by round.
    pub rounds: Vec<Value>,
}

#[derive(Serialize)]
pub struct Measured {
    pub name: &'static str,
    pub unit: &'static str,
    pub more_is_better: bool,
    /// None if no round yielded a figure.
    pub value: Option<Spread>,
    pub ratio: Option<Spread>,
}

impl Lab {
    pub fn new(
        machine: Machine,
        rounds: u32,
        seconds: f64,
        contestants: Vec<Contestant>,
        missing: Vec<String>,
    ) -> Self {
        let date = chrono::Local::now().format("%Y-%m-%d %H:%M").to_string();
        Self { date, machine, rounds, seconds, contestants, missing, results: Vec::new() }
    }

    /// Compares what the ranks have in common.
    pub fn add(&mut self, task: &Task, mut ranks: Vec<Rank>) {
        for measure in task.workload.measures() {
            let values: Vec<Vec<Option<f64>>> = ranks.iter().map(|rank| rank.values(measure)).collect();
            for (rank, own) in ranks.iter_mut().zip(&values) {
                let Measure { name, unit, more_is_better, .. } = *measure;
                let value = Spread::of(&own.iter().copied().flatten().collect::<Vec<_>>());
                let ratio = Spread::of_ratios(own, &values[0]);
                rank.measures.push(Measured { name, unit, more_is_better, value, ratio });
            }
        }
        let generator_busy =
            ranks.iter().flat_map(|rank| &rank.rounds).filter_map(|round| round["busy"].as_f64());
        let generator_busy = generator_busy.fold(0.0, f64::max);
        self.results.push(TaskResult { generator_busy, ranks, ..TaskResult::of(task) });
    }

    pub fn not_measured(&mut self, task: &Task, reason: String) {
        self.results.push(TaskResult { not_measured: Some(reason), ..TaskResult::of(task) });
    }
}

impl TaskResult {
    fn of(task: &Task) -> Self {
        let Task { workload, connections, title } = task.clone();
        Self { workload, connections, title, not_measured: None, generator_busy: 0.0, ranks: Vec::new() }
    }
}

impl Rank {
    pub fn new(contestant: &Contestant) -> Self {
        let contestant = contestant.name.clone();
        Self { contestant, measures: Vec::new(), failures: 0, first_failure: None, rounds: Vec::new() }
    }

    /// Adds a round, as the load generator told it.
    pub fn add(&mut self, round: Value) {
        let failures = &round["failures"];
        let counts =
            failures.as_object().into_iter().flat_map(|kinds| kinds.values().filter_map(Value::as_u64));
        self.failures += counts.sum::<u64>();
        if self.first_failure.is_none() {
            self.first_failure = failures["first"].as_str().map(str::to_owned);
        }
        self.rounds.push(round);
    }

    /// Of each round, if it has done anything at all.
    fn values(&self, measure: &Measure) -> Vec<Option<f64>> {
        let value = |round: &Value| {
            let value = round.pointer(measure.pointer)?.as_f64()? * measure.factor;
            (round["count"] != 0).then_some(value)
        };
        self.rounds.iter().map(value).collect()
    }
}

/// A round in which the server was not there.
pub fn never_started(reason: &str) -> Value {
    json!({ "count": 0, "failures": { "not_started": 1, "first": format!("not started: {reason}") } })
}
