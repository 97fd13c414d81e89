//! The time that is measured, and the CPU time that the generator itself needs in it.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

/// From the end of the warm-up to the end of the measurement.
pub struct Window {
    from: Instant,
    to: Instant,
    begun: Instant,
    processor: ProcessTime,
}

impl Window {
    pub fn after_warm_up(length: Duration) -> Self {
        let begun = Instant::now();
        let from = begun + length / 3;
        Self { from, to: from + length, begun, processor: ProcessTime::now() }
    }

    pub fn seconds(&self) -> f64 {
        (self.to - self.from).as_secs_f64()
    }

    pub fn has(&self, moment: Instant) -> bool {
        (self.from..self.to).contains(&moment)
    }

    pub fn is_over(&self, moment: Instant) -> bool {
        moment >= self.to
    }

    /// The part of the time in which a generator of `threads` threads was busy. Near 1 it is the generator that is measured.
    pub fn busy(&self, threads: u32) -> f64 {
        self.processor.elapsed().as_secs_f64() / self.begun.elapsed().as_secs_f64() / f64::from(threads)
    }
}
