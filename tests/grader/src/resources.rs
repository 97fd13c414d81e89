//! What the processes of a submission use. Only Linux tells without a library; elsewhere nothing is measured, there is
//! no ceiling for memory, and the criteria that count are not compiled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A submission that holds more memory than this is ended.
#[cfg(target_os = "linux")]
const MEMORY_CEILING: u64 = 2 * 1024 * 1024 * 1024;

/// Runs of a submission: the id of the first process, which is that of its group, and the mark of all that it starts.
pub type Runs = BTreeMap<u32, String>;

/// Tells whether a process group went over the ceiling.
#[derive(Clone, Default)]
pub struct Ceiling(Arc<AtomicBool>);

impl Ceiling {
    pub fn exceeded(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[cfg(target_os = "linux")]
pub use linux::{leftovers, watch};

#[cfg(not(target_os = "linux"))]
pub fn watch(_group: u32, _end: impl Fn() + Send + 'static) -> Ceiling {
    Ceiling::default()
}

#[cfg(not(target_os = "linux"))]
pub fn leftovers(_runs: &Runs) -> BTreeMap<u32, u32> {
    BTreeMap::new()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::{BTreeMap, HashMap};
    use std::fs::{self, File};
    use std::io::Read;
    use std::path::Path;
    use std::sync::{LazyLock, Mutex};
    use std::thread;
    use std::time::Duration;

    use super::{Ceiling, MEMORY_CEILING, Ordering, Runs};
    use crate::server::Run;

    /// How often the memory of all submissions is looked at.
    const TICK: Duration = Duration::from_millis(500);

    /// What ends a group that holds too much.
    type End = Box<dyn Fn() + Send>;

    /// The groups that are watched.
    static WATCHED: LazyLock<Mutex<HashMap<u32, (Ceiling, End)>>> = LazyLock::new(|| {
        thread::spawn(look_at_all);
        Mutex::default()
    });

    /// Ends the process group `group` by calling `end` when it holds more memory than [`MEMORY_CEILING`].
    pub fn watch(group: u32, end: impl Fn() + Send + 'static) -> Ceiling {
        let ceiling = Ceiling::default();
        WATCHED.lock().unwrap().insert(group, (ceiling.clone(), Box::new(end)));
        ceiling
    }

    fn look_at_all() {
        loop {
            thread::sleep(TICK);
            let mut watched = WATCHED.lock().unwrap();
            let mut held: HashMap<u32, u64> = HashMap::new();
            let first = watched.keys().min().copied().unwrap_or(u32::MAX);
            for process in processes_since(first)
                .filter(|process| watched.contains_key(&process.group) && !process.is_zombie)
            {
                *held.entry(process.group).or_default() += process.memory("VmRSS:");
            }
            watched.retain(|group, _| held.contains_key(group));
            for (group, (ceiling, end)) in &*watched {
                if held[group] > MEMORY_CEILING && !ceiling.0.swap(true, Ordering::SeqCst) {
                    end();
                }
            }
        }
    }

    /// The content of a file of proc(5). It is read hundreds of times a second, and `fs::read` would ask first how large it is, which
    /// nobody knows, and then read it in small pieces.
    fn content(path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let mut content = Vec::with_capacity(8 * 1024);
        File::open(path).ok()?.take(u64::MAX).read_to_end(&mut content).ok()?;
        Some(content)
    }

    fn text(path: impl AsRef<Path>) -> Option<String> {
        String::from_utf8(content(path)?).ok()
    }

    /// A process as proc(5) tells of it.
    struct Process {
        id: u32,
        group: u32,
        is_zombie: bool,
        threads: u64,
        cpu_ticks: u64,
    }

    /// The ids of the processes that were started after `first`, and itself: there may be hundreds of others, and to read about each takes
    /// time. Ids are given out in ascending order; when they have begun anew meanwhile, it is all processes.
    fn ids_since(first: u32) -> impl Iterator<Item = u32> {
        let load = text("/proc/loadavg").unwrap_or_default();
        let last: u32 = load.split_whitespace().last().and_then(|id| id.parse().ok()).unwrap_or_default();
        let first = if first <= last { first } else { 0 };
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.filter(move |id| *id >= first)
    }

    fn processes_since(first: u32) -> impl Iterator<Item = Process> {
        ids_since(first).filter_map(process)
    }

    /// What is in a folder of the process `id`.
    fn entries(id: u32, folder: &str) -> impl Iterator<Item = fs::DirEntry> + use<> {
        fs::read_dir(format!("/proc/{id}/{folder}")).into_iter().flatten().flatten()
    }

    /// None if the process has ended.
    fn process(id: u32) -> Option<Process> {
        let stat = text(format!("/proc/{id}/stat"))?;
        // The name, the second field, may hold anything; the third follows the last parenthesis.
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Process {
            id,
            group: field(5)?.try_into().ok()?,
            is_zombie: fields.first() == Some(&"Z"),
            threads: field(20)?,
            cpu_ticks: field(14)? + field(15)?,
        })
    }

    impl Process {
        /// The state of each thread, by its letter in proc(5).
        fn states(&self) -> impl Iterator<Item = char> + use<> {
            let state = |path| text(path)?.rsplit_once(") ")?.1.chars().next();
            entries(self.id, "task").filter_map(move |thread| state(thread.path().join("stat")))
        }

        /// A figure of /proc/PID/status, in bytes.
        fn memory(&self, name: &str) -> u64 {
            let status = text(format!("/proc/{}/status", self.id)).unwrap_or_default();
            let kilobytes =
                status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
            kilobytes.and_then(|text| text.parse::<u64>().ok()).unwrap_or_default() * 1024
        }
    }

    /// The processes that have the mark of one of these runs, or of a run within it, in their environment, wherever they have gone, each with the first
    /// process of its run.
    pub fn leftovers(runs: &Runs) -> BTreeMap<u32, u32> {
        let Some((&first, _)) = runs.first_key_value() else { return BTreeMap::new() };
        let run_of = |id| {
            let environment = content(format!("/proc/{id}/environ"))?;
            let run = |variable: &[u8]| runs.iter().find(|(_, mark)| variable.starts_with(mark.as_bytes()));
            environment.split(|&byte| byte == 0).find_map(run).map(|(&run, _)| run)
        };
        ids_since(first).filter_map(|id| Some((id, run_of(id)?))).collect()
    }

    /// Sets how many files process `id` may have open, and returns how many it was.
    fn limit_open_files(id: u32, limit: u64) -> u64 {
        use nix::libc::{RLIMIT_NOFILE, prlimit, rlimit};

        let id = id.try_into().expect("process ids are positive");
        let mut limits = rlimit { rlim_cur: 0, rlim_max: 0 };
        #[expect(unsafe_code, reason = "nix has no prlimit(2); the limits live until it returns")]
        // It fails when the process has ended: then there is nothing to limit.
        unsafe {
            prlimit(id, RLIMIT_NOFILE, std::ptr::null(), &raw mut limits);
            let before = limits.rlim_cur;
            limits.rlim_cur = limit.min(limits.rlim_max);
            prlimit(id, RLIMIT_NOFILE, &raw const limits, std::ptr::null_mut());
            before
        }
    }

    /// What the processes of a submission use, all together.
    impl Run {
        /// Those that run, and zombies.
        fn all(&self) -> impl Iterator<Item = Process> {
            let group = self.shared.process.id();
            processes_since(group).filter(move |process| process.group == group)
        }

        fn members(&self) -> impl Iterator<Item = Process> {
            self.all().filter(|process| !process.is_zombie)
        }

        /// How many processes it consists of, zombies included.
        pub fn processes(&self) -> usize {
            self.all().count()
        }

        /// How many threads run.
        pub fn threads(&self) -> u64 {
            self.members().map(|process| process.threads).sum()
        }

        /// How many files and sockets are open.
        pub fn open_files(&self) -> usize {
            self.members().map(|process| entries(process.id, "fd").count()).sum()
        }

        /// The most memory held so far, in bytes.
        pub fn memory_peak(&self) -> u64 {
            self.members().map(|process| process.memory("VmHWM:")).sum()
        }

        /// The most address space asked for so far, in bytes: also memory that was never touched.
        pub fn address_space_peak(&self) -> u64 {
            self.members().map(|process| process.memory("VmPeak:")).sum()
        }

        /// The processor time used so far.
        pub fn cpu_time(&self) -> Duration {
            const TICK: Duration = Duration::from_millis(10); // of the clock that proc(5) counts in
            let ticks: u64 = self.members().map(|process| process.cpu_ticks).sum();
            TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
        }

        /// How often its threads have gone to sleep so far, which is how often they were awake.
        pub fn wakeups(&self) -> u64 {
            let of_thread = |thread: fs::DirEntry| {
                let status = text(thread.path().join("status"))?;
                let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
                count.trim().parse::<u64>().ok()
            };
            self.members().flat_map(|process| entries(process.id, "task")).filter_map(of_thread).sum()
        }

        /// How often, of `looks` in `time`, it neither runs nor would if a busy machine gave it a processor.
        pub fn found_asleep(&self, time: Duration, looks: u32) -> usize {
            // Those that come later are not looked at: to find all of them takes longer than to look.
            let members: Vec<Process> = self.members().collect();
            let is_asleep = |_: &u32| {
                thread::sleep(time / looks);
                !members.iter().flat_map(Process::states).any(|state| state == 'R')
            };
            (0..looks).filter(is_asleep).count()
        }

        /// Whether a signal has stopped all of its threads.
        pub(crate) fn is_stopped(&self) -> bool {
            self.members().all(|process| process.states().all(|state| state == 'T'))
        }

        /// Leaves it no descriptor for a new file or socket while `work` is done.
        pub fn while_out_of_descriptors<T>(&self, work: impl FnOnce() -> T) -> T {
            let limited = self.members().map(|process| {
                let open: Vec<u64> = entries(process.id, "fd")
                    .filter_map(|file| file.file_name().to_str()?.parse().ok())
                    .collect();
                let free = (0..u64::MAX).find(|number| !open.contains(number)).expect("there is one");
                (process.id, limit_open_files(process.id, free))
            });
            let limits: Vec<(u32, u64)> = limited.collect();
            let result = work();
            for (process, limit) in limits {
                limit_open_files(process, limit);
            }
            result
        }
    }
}
