//! A PostgreSQL server for this test process, started when the first test wants it.
//!
//! Test binaries end without running destructors, so the server is on a leash: `postgres.sh` starts
//! it, waits until its standard input ends, which is when this process is gone, and removes
//! everything. Databases are clones of a migrated template: a fraction of a migration's time.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use tollgate::store::{Store, Target};

/// `required`: tests fail where there is no PostgreSQL. Anything else: they are skipped, loudly.
const POLICY: &str = "TOLLGATE_TEST_POSTGRES";

/// A running server.
pub struct Cluster {
    /// Holds the socket.
    folder: PathBuf,
    /// For making databases, one at a time.
    admin: Mutex<Admin>,
    /// The leash: the server ends when this closes.
    _leash: ChildStdin,
}

struct Admin {
    connection: PgConnection,
    made: usize,
}

/// The server of this process; `None` where PostgreSQL is not installed.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| match start() {
            Ok(cluster) => Some(cluster),
            Err(why) if std::env::var(POLICY).is_ok_and(|policy| policy == "required") => {
                panic!("{POLICY}=required, but {why}")
            }
            Err(why) => {
                eprintln!("\n*** SKIPPED on PostgreSQL, every test: {why} ***\n");
                None
            }
        })
        .as_ref()
}

fn start() -> Result<Cluster, String> {
    let bin = programs().ok_or("there is neither initdb in PATH nor /usr/lib/postgresql/*/bin")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/postgres.sh");
    // Handed over as text: the user that runs it may not be allowed to read this folder.
    let script = std::fs::read_to_string(script).map_err(|error| error.to_string())?;
    let mut command = unprivileged();
    command
        .args(["sh", "-c", &script, "postgres.sh"])
        .arg(&bin)
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| format!("no shell: {error}"))?;
    let leash = child.stdin.take().ok_or("no standard input")?;
    let output = child.stdout.take().ok_or("no standard output")?;
    let mut folder = String::new();
    BufReader::new(output)
        .read_line(&mut folder)
        .map_err(|error| error.to_string())?;
    if folder.trim().is_empty() {
        return Err(format!(
            "the server of {} did not start (see above)",
            bin.display()
        ));
    }
    let folder = PathBuf::from(folder.trim());
    let connection =
        PgConnection::establish(&url(&folder, "postgres")).map_err(|error| error.to_string())?;
    let mut admin = Admin {
        connection,
        made: 0,
    };
    admin.run("CREATE DATABASE template");
    let template = Target::parse(&url(&folder, "template"))?;
    Store::migrate(&template).map_err(|error| error.to_string())?;
    Ok(Cluster {
        folder,
        admin: Mutex::new(admin),
        _leash: leash,
    })
}

/// The folder of `initdb` and `postgres`.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    // Debian keeps them out of PATH, by version.
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut debian: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    debian.sort();
    folders.extend(debian.into_iter().rev());
    folders.into_iter().find(|folder| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|program| folder.join(program).exists())
    })
}

/// The server refuses to run as root; Debian's package has made a user for it.
fn unprivileged() -> Command {
    let root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    if !root {
        return Command::new("env");
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]);
    command
}

fn url(folder: &Path, database: &str) -> String {
    format!(
        "postgres:///{database}?host={}&user=postgres",
        folder.display()
    )
}

impl Admin {
    fn run(&mut self, statement: &str) {
        self.connection
            .batch_execute(statement)
            .unwrap_or_else(|e| panic!("{statement}: {e}"));
    }
}

impl Cluster {
    /// A new database with the schema of this program; its URL.
    pub fn migrated(&self) -> String {
        self.create("TEMPLATE template")
    }

    /// A new database without anything.
    pub fn empty(&self) -> String {
        self.create("")
    }

    fn create(&self, how: &str) -> String {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        admin.made += 1;
        let name = format!("test_{}", admin.made);
        admin.run(&format!("CREATE DATABASE {name} {how}"));
        url(&self.folder, &name)
    }

    /// Removes a database, whoever is still connected.
    pub fn drop_database(&self, url: &str) {
        let name = url
            .trim_start_matches("postgres:///")
            .split('?')
            .next()
            .unwrap_or_default();
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        admin.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}
