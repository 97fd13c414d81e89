//! The machine on which figures were taken. Without it they mean nothing.

use std::thread;

use serde::Serialize;
use sysinfo::{RefreshKind, System};

use crate::words::count;
use steps::cargo;

#[derive(Serialize)]
pub struct Machine {
    pub cores: usize,
    pub processor: String,
    pub memory_gib: f64,
    pub system: String,
    pub rust: String,
    /// How many files and sockets a process may have open, if that is limited.
    pub descriptors: Option<u64>,
    /// How many programs wanted to run in the last minute, before the lab began and when it ended, if the kernel counts them.
    pub load_before: f64,
    pub load_after: f64,
}

impl Machine {
    pub fn describe() -> Self {
        let system = System::new_with_specifics(RefreshKind::everything().without_processes());
        let processor = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned());
        let unknown = || "unknown".to_owned();
        #[allow(clippy::cast_precision_loss)] // of bytes that fit into a machine
        let memory_gib = system.total_memory() as f64 / f64::from(1 << 30);
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            processor: processor.filter(|brand| !brand.is_empty()).unwrap_or_else(unknown),
            memory_gib,
            system: format!(
                "{}, kernel {}",
                System::long_os_version().unwrap_or_else(unknown),
                System::kernel_version().unwrap_or_else(unknown)
            ),
            rust: cargo::rust().map_or_else(unknown, |version| format!("rustc {version}")),
            descriptors: descriptors(),
            load_before: System::load_average().one,
            load_after: 0.0,
        }
    }

    pub fn note_the_load(&mut self) {
        self.load_after = System::load_average().one;
    }

    /// In one line.
    pub fn line(&self) -> String {
        let Self { cores, processor, memory_gib, system, rust, load_before, load_after, .. } = self;
        format!(
            "{} ({processor}), {memory_gib:.0} GiB, {system}, {rust}; load average {load_before:.1} before, \
             {load_after:.1} after",
            count(*cores, "core")
        )
    }
}

#[cfg(unix)]
fn descriptors() -> Option<u64> {
    use nix::sys::resource::{Resource, getrlimit};
    getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(_, hard)| hard)
}

#[cfg(not(unix))]
fn descriptors() -> Option<u64> {
    None
}
