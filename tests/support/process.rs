//! The real program as a process of its own, to be killed or ill-treated.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// How long the program may take to listen, on a machine with much else to do.
const START: Duration = Duration::from_secs(60);

/// `tollgate serve`; killed when dropped.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
    log: Arc<Log>,
}

/// What it wrote so far; whoever waits for a line is woken by each.
#[derive(Default)]
struct Log {
    text: Mutex<String>,
    grown: Condvar,
}

impl Process {
    /// Starts on a free port and waits until it listens.
    pub fn serve(database: &str, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--database",
                database,
                "--log-format",
                "json",
            ])
            // Usage of tests has dates, and tests are run for years.
            .env("TOLLGATE_RATING__OLDEST_DAYS", "0")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = Arc::<Log>::default();
        let (sender, address) = mpsc::channel();
        let stderr = child.stderr.take().expect("a log");
        let kept = Arc::clone(&log);
        std::thread::spawn(move || follow(stderr, &kept, &sender));
        match address.recv_timeout(START) {
            Ok(address) => Process {
                address,
                child,
                log,
            },
            Err(_) => {
                drop(child.kill());
                panic!("it does not listen:\n{}", text(&log));
            }
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        text(&self.log)
    }

    /// Waits until the log says enough, or for the time that a busy machine may need; the log then.
    pub fn log_until(&self, enough: impl Fn(&str) -> bool) -> String {
        let log = self.log.text.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .log
            .grown
            .wait_timeout_while(log, START, |text| !enough(text))
            .unwrap_or_else(PoisonError::into_inner);
        waited.0.clone()
    }

    /// True while it runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may be dead already.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// The most memory it ever used, in MiB.
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("a Linux machine");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .expect("VmHWM");
        let kib: u64 = line
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .expect("a number");
        kib / 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn text(log: &Log) -> String {
    log.text
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Keeps the log, and hands on the address when it is told.
fn follow(stderr: ChildStderr, log: &Log, address: &mpsc::Sender<SocketAddr>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if let Some(found) = listening(&line) {
            // Nobody waits for a second one.
            let _ = address.send(found);
        }
        let mut text = log.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(&line);
        text.push('\n');
        log.grown.notify_all();
    }
}

fn listening(line: &str) -> Option<SocketAddr> {
    let entry: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = entry.to_string();
    let fields = entry.get("fields").unwrap_or(&entry);
    let address = fields.get("address")?.as_str()?.parse().ok()?;
    text.contains("\"listening\"").then_some(address)
}
