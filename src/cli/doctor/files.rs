//! Folders, disk space, open files: what the system gives this user.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::finding::{Check, Finding};
use crate::cli::config::Config;
use crate::store::Target;

const FILES: Check = Check("files folder");
const DISK: Check = Check("disk space");
const OPEN: Check = Check("open files");

/// Less than this will not last.
const LOW_KIB: u64 = 1024 * 1024;
/// Less than this stops the next large write.
const FULL_KIB: u64 = 64 * 1024;
/// Files that the server has open besides its connections.
const BESIDES: u64 = 100;

/// Looks at all of them.
pub fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![files_dir(Path::new(&config.jobs.files_dir))];
    if let Ok(Target::Sqlite(path)) = Target::parse(&config.database) {
        findings.extend(disk(&existing_parent(Path::new(&path))));
    }
    findings.extend(open_files(config.http.max_connections));
    findings
}

fn files_dir(folder: &Path) -> Finding {
    let shown = folder.display();
    let mend = "make it, give this user the right to write to it, or change `jobs.files_dir`";
    match fs::metadata(folder) {
        Ok(data) if !data.is_dir() => FILES.fail(format!("{shown} is no folder"), mend),
        Ok(_) if !may_write(folder) => FILES.fail(format!("{shown} cannot be written to"), mend),
        Ok(_) => FILES.ok(format!("{shown}")),
        Err(_) if can_be_made(folder) => FILES.ok(format!(
            "{shown} does not exist yet; the first job with a file makes it"
        )),
        Err(error) => FILES.fail(format!("{shown}: {error}"), mend),
    }
}

/// Whether a file could be made in its folder, which must exist.
pub fn takes(file: &Path) -> bool {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    absolute
        .parent()
        .is_some_and(|folder| folder.is_dir() && may_write(folder))
}

/// Whether a folder that does not exist could be made: the nearest folder above it can be written to.
fn can_be_made(path: &Path) -> bool {
    let above = existing_parent(path);
    above.is_dir() && may_write(&above)
}

/// The nearest part of the way that exists.
fn existing_parent(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = absolute.ancestors().skip(1).find(|above| above.exists());
    found.unwrap_or(Path::new("/")).to_owned()
}

/// By owner, group and mode, because trying would change something. Access lists and read-only
/// file systems are not seen; where nothing is known, the answer is yes.
#[cfg(unix)]
fn may_write(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(data), Some(own)) = (fs::metadata(path), Own::read()) else {
        return true;
    };
    let mode = data.mode();
    if own.user == 0 {
        return true;
    }
    if own.user == data.uid() {
        return mode & 0o200 != 0;
    }
    if own.groups.contains(&data.gid()) {
        return mode & 0o020 != 0;
    }
    mode & 0o002 != 0
}

#[cfg(not(unix))]
fn may_write(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| !data.permissions().readonly())
}

/// Who this process is.
#[derive(Debug, PartialEq, Eq)]
struct Own {
    user: u32,
    groups: Vec<u32>,
}

impl Own {
    fn read() -> Option<Self> {
        Own::parse(&fs::read_to_string("/proc/self/status").ok()?)
    }

    /// `Uid:` and `Gid:` list the real, effective, saved and file system ids; the last one counts.
    fn parse(status: &str) -> Option<Self> {
        let numbers = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(
                line.split_whitespace()
                    .filter_map(|n| n.parse().ok())
                    .collect::<Vec<u32>>(),
            )
        };
        let mut groups = numbers("Groups:").unwrap_or_default();
        groups.extend(numbers("Gid:")?.last());
        Some(Own {
            user: *numbers("Uid:")?.last()?,
            groups,
        })
    }
}

/// Space where the database file grows; nothing where the system has no `df`.
fn disk(folder: &Path) -> Option<Finding> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let free = available_kib(&String::from_utf8_lossy(&output.stdout))?;
    let message = format!("{} MiB free at {}", free / 1024, folder.display());
    let mend = "free some space, or move the database; a full disk refuses every write";
    Some(match free {
        ..FULL_KIB => DISK.fail(message, mend),
        FULL_KIB..LOW_KIB => DISK.warn(message, mend),
        _ => DISK.ok(message),
    })
}

/// The fourth column of the last line of `df -Pk`.
fn available_kib(table: &str) -> Option<u64> {
    table
        .lines()
        .skip(1)
        .last()?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}

/// Each connection is an open file.
fn open_files(connections: usize) -> Option<Finding> {
    let limit = soft_limit(&fs::read_to_string("/proc/self/limits").ok()?)?;
    let wanted = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(BESIDES);
    if limit >= wanted {
        return Some(OPEN.ok(format!("{limit} allowed")));
    }
    Some(OPEN.warn(
        format!("{limit} allowed, {connections} connections may come (http.max_connections)"),
        "raise the limit of open files (`ulimit -n`, LimitNOFILE), or lower http.max_connections",
    ))
}

fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::finding::Level;
    use super::{Own, available_kib, can_be_made, files_dir, soft_limit, takes};

    #[test]
    fn tables_of_the_system() {
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                  /dev/vda 263174212 31241244 65000000 33% /\n";
        assert_eq!(available_kib(df), Some(65_000_000));
        assert_eq!(available_kib(""), None);
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files  1024  4096  files\n";
        assert_eq!(soft_limit(limits), Some(1024));
        let status = "Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t9 10 \n";
        let own = Own {
            user: 4,
            groups: vec![9, 10, 8],
        };
        assert_eq!(Own::parse(status), Some(own));
    }

    #[test]
    fn folders() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(files_dir(folder.path()).level, Level::Ok);
        let absent = folder.path().join("a/b/c");
        assert!(can_be_made(&absent));
        assert!(takes(&folder.path().join("x.db")) && !takes(&absent));
        assert_eq!(files_dir(&absent).level, Level::Ok);
        assert!(!absent.exists());
        let file = folder.path().join("file");
        std::fs::write(&file, "x").expect("written");
        assert_eq!(files_dir(&file).level, Level::Fail);
        assert_eq!(files_dir(&file.join("below")).level, Level::Fail);
        assert!(!can_be_made(Path::new("/proc/1/status/x")));
    }
}
