//! What the system tells of a process.

/// The largest resident memory of a process so far, in KiB; `None` where the system has no `/proc`
/// or the process is gone.
pub fn peak_memory_kib(pid: u32) -> Option<u64> {
    of_status(pid, "VmHWM:")
}

/// The resident memory of a process, in KiB.
pub fn memory_kib(pid: u32) -> Option<u64> {
    of_status(pid, "VmRSS:")
}

fn of_status(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{memory_kib, peak_memory_kib};

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory() {
        let (now, most) = (
            memory_kib(std::process::id()),
            peak_memory_kib(std::process::id()),
        );
        assert!(now.expect("known") > 100);
        assert!(most >= now);
    }
}
