//! The memory that the processes of a server hold. Only Linux tells it in files.

#[cfg(target_os = "linux")]
use std::fs;

/// In bytes, for a whole process group. Pages that processes share are counted once (`Pss` of proc(5)).
#[cfg(target_os = "linux")]
pub fn of_group(group: u32) -> Option<u64> {
    let processes =
        fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let sizes: Vec<u64> = processes
        .filter(|process| group_of(process) == Some(group))
        .filter_map(|process| held(&process))
        .collect();
    (!sizes.is_empty()).then(|| sizes.iter().sum())
}

/// The fifth field of `stat`; the name before it may hold spaces, and ends at the last parenthesis.
#[cfg(target_os = "linux")]
fn group_of(process: &str) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(2)?.parse().ok()
}

#[cfg(target_os = "linux")]
fn held(process: &str) -> Option<u64> {
    let sums = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = sums.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(not(target_os = "linux"))]
pub fn of_group(_group: u32) -> Option<u64> {
    None
}
