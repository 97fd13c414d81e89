//! What was measured, as it is written.

use load::Outcome;
use serde::Serialize;

use crate::args::Args;
use crate::machine::Machine;
use crate::server::Contestant;
use crate::statistics::Spread;
use crate::words::count;
use crate::workload::{self, Measure, Task};

/// If the load generator was busy for a larger share of the time, it may be what was measured.
const BUSY: f64 = 0.9;

/// A run of the lab.
#[derive(Serialize)]
pub struct Lab {
    pub date: String,
    pub machine: Machine,
    pub rounds: u32,
    /// That each measurement took.
    pub seconds: f64,
    /// How many measurements the run consists of, and how many are done.
    pub planned: usize,
    pub measured: usize,
    pub interrupted: bool,
    pub contestants: Vec<Contestant>,
    /// Those that could not be started here, with the reason.
    pub missing: Vec<String>,
    pub results: Vec<TaskResult>,
}

/// All about one task.
#[derive(Serialize)]
pub struct TaskResult {
    #[serde(flatten)]
    pub task: Task,
    /// Why nothing was measured.
    pub not_measured: Option<String>,
    /// The first is what the others are compared with.
    pub ranks: Vec<Rank>,
}

/// How one contestant did.
#[derive(Default, Serialize)]
pub struct Rank {
    #[serde(serialize_with = "Contestant::name_only")]
    pub contestant: Contestant,
    pub measures: Vec<Measured>,
    pub failures: u64,
    pub first_failure: Option<String>,
    /// The share of CPU time that the load generator used.
    pub generator_busy: Option<Spread>,
    /// What the load generator printed, round by round.
    pub rounds: Vec<Outcome>,
}

#[derive(Serialize)]
pub struct Measured {
    #[serde(flatten)]
    pub measure: &'static Measure,
    /// None if no round yielded a figure.
    pub value: Option<Spread>,
    pub ratio: Option<Spread>,
}

impl Lab {
    /// A run of which nothing is measured yet.
    pub fn new(args: &Args, contestants: Vec<Contestant>, missing: Vec<String>) -> Self {
        let machine = Machine::describe();
        let results: Vec<TaskResult> = workload::tasks(&args.workloads, &args.connections, args.idle)
            .into_iter()
            .map(|task| TaskResult::new(task, &contestants, machine.descriptors))
            .filter(|result| result.not_measured.is_some() || !result.ranks.is_empty())
            .collect();
        let mut lab = Self {
            date: chrono::Local::now().format("%Y-%m-%d %H:%M").to_string(),
            machine,
            rounds: args.rounds,
            seconds: args.seconds,
            planned: 0,
            measured: 0,
            interrupted: false,
            contestants,
            missing,
            results,
        };
        lab.planned = lab.turns().len();
        lab
    }

    /// All measurements in their order, each as the numbers of a result and a rank. The contestants take turns (A B C, A B C),
    /// so that what changes on the machine in the meantime changes for all.
    pub fn turns(&self) -> Vec<(usize, usize)> {
        let round = |at: usize| (0..self.results[at].ranks.len()).map(move |number| (at, number));
        (0..self.results.len()).flat_map(|at| (0..self.rounds).flat_map(move |_| round(at))).collect()
    }

    /// What there is something to show of.
    pub fn begun(&self) -> impl Iterator<Item = &TaskResult> {
        self.results
            .iter()
            .filter(|it| it.not_measured.is_some() || it.ranks.iter().any(|rank| !rank.rounds.is_empty()))
    }

    /// In a sentence, if the run has not come to its end. A run that is killed leaves files that say so, too.
    pub fn unfinished(&self) -> Option<String> {
        let Self { planned, measured, .. } = self;
        let reason = if self.interrupted { "Interrupted" } else { "Unfinished" };
        (measured < planned)
            .then(|| format!("{reason}: {measured} of {} done.", count(*planned, "measurement")))
    }
}

impl TaskResult {
    fn new(task: Task, contestants: &[Contestant], descriptors: Option<u64>) -> Self {
        let takes_part = |contestant: &&Contestant| contestant.takes_part_in(&task);
        let mut ranks: Vec<Rank> = contestants
            .iter()
            .filter(takes_part)
            .map(|contestant| Rank { contestant: contestant.clone(), ..Rank::default() })
            .collect();
        let not_measured = task.is_impossible(descriptors).filter(|_| !ranks.is_empty());
        if not_measured.is_some() {
            ranks.clear();
        }
        let mut result = Self { task, not_measured, ranks };
        result.compare();
        result
    }

    /// Adds a round of a contestant.
    pub fn add(&mut self, number: usize, outcome: Outcome) {
        self.ranks[number].add(outcome);
        self.compare();
    }

    /// With the first, in each measure.
    fn compare(&mut self) {
        self.ranks.iter_mut().for_each(|rank| rank.measures.clear());
        for measure in self.task.measures() {
            let values: Vec<_> = self.ranks.iter().map(|rank| rank.values(measure)).collect();
            for (rank, own) in self.ranks.iter_mut().zip(&values) {
                let value = Spread::of(own.iter().copied().flatten());
                rank.measures.push(Measured { measure, value, ratio: Spread::of_ratios(own, &values[0]) });
            }
        }
    }
}

impl Rank {
    fn add(&mut self, outcome: Outcome) {
        self.failures += outcome.failures.count();
        self.first_failure = self.first_failure.take().or(outcome.failures.first.clone());
        self.rounds.push(outcome);
        let busy = self.rounds.iter().map(|round| round.busy).filter(|&busy| busy > 0.0);
        self.generator_busy = Spread::of(busy);
    }

    /// Of each round, if it has done anything at all.
    fn values(&self, measure: &Measure) -> Vec<Option<f64>> {
        self.rounds.iter().map(|round| (measure.of)(round).filter(|_| round.count > 0)).collect()
    }

    /// Whether the server may be faster than the figure, because the load generator had hardly a pause.
    pub fn is_limited(&self) -> bool {
        self.generator_busy.is_some_and(|busy| busy.median > BUSY)
    }
}
