//! The closed loop: each connection sends its next request when it has the answer to the last, or when it is
//! due, where a rate is asked for. What is due is late from then on, not from when it could be sent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::super::Failure;
use super::args::Effort;
use super::connection::Connection;
use super::histogram::Histogram;
use super::target::Target;

/// Requests that are under way when time is up are waited for this long.
const LAST_ANSWERS: Duration = Duration::from_secs(15);
/// Connection faults in a row after which a connection gives up.
const FAULTS: u32 = 20;

/// What a connection sends.
pub trait Work: Send {
    /// Writes the next request into the empty `out`.
    fn next(&mut self, out: &mut Vec<u8>);
    /// Whether an answer is the one hoped for.
    fn is_good(&self, status: u16) -> bool {
        (200..300).contains(&status)
    }
}

/// Makes the work of each connection.
pub type Make = Arc<dyn Fn(u32) -> Box<dyn Work> + Send + Sync>;

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Latencies of good answers.
    pub latencies: Histogram,
    /// Answers with another status, and faults of connections, by name.
    pub errors: BTreeMap<String, u64>,
    pub took: Duration,
}

impl Measured {
    fn absorb(&mut self, other: &Measured) {
        self.latencies.merge(&other.latencies);
        for (name, count) in &other.errors {
            *self.errors.entry(name.clone()).or_default() += count;
        }
    }

    fn failed(&mut self, name: String) {
        *self.errors.entry(name).or_default() += 1;
    }

    /// Everything that went wrong.
    pub fn error_count(&self) -> u64 {
        self.errors.values().sum()
    }
}

/// The window of time that counts.
#[derive(Clone, Copy)]
struct Window {
    from: Instant,
    until: Instant,
}

/// When a connection sends.
#[derive(Clone, Copy)]
struct Pace {
    next: Instant,
    every: Duration,
}

impl Pace {
    /// That of one of several connections; none where no rate is asked for.
    fn of(effort: &Effort, number: u32, begin: Instant) -> Option<Self> {
        let rate = effort.rate?.max(1);
        let step = Duration::from_secs(1) / rate;
        Some(Pace {
            next: begin + step * number,
            every: step * effort.connections,
        })
    }

    /// Waits until the next request is due.
    async fn due(&mut self) -> Instant {
        let due = self.next;
        tokio::time::sleep_until(due.into()).await;
        self.next += self.every;
        due
    }
}

/// Runs the work on all connections, spread over the client's threads.
///
/// # Errors
/// When a thread cannot be started.
pub fn drive(target: &Target, effort: &Effort, make: &Make) -> Result<Measured, Failure> {
    let begin = Instant::now();
    let from = begin + effort.warmup();
    let window = Window {
        from,
        until: from + effort.measured(),
    };
    let threads = effort.threads.min(effort.connections).max(1);
    let mut handles = Vec::new();
    for thread in 0..threads {
        let mine: Vec<u32> = (0..effort.connections)
            .filter(|n| n % threads == thread)
            .collect();
        let mine: Vec<(u32, Option<Pace>)> = mine
            .into_iter()
            .map(|number| (number, Pace::of(effort, number, begin)))
            .collect();
        let (target, make) = (target.clone(), Arc::clone(make));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let run = move || runtime.block_on(connections(&target, mine, &make, window));
        handles.push(
            std::thread::Builder::new()
                .name(format!("load-{thread}"))
                .spawn(run)?,
        );
    }
    let mut all = Measured {
        took: effort.measured(),
        ..Measured::default()
    };
    for handle in handles {
        let measured = handle
            .join()
            .map_err(|_| Failure::new("a thread of the client failed"))?;
        all.absorb(&measured);
    }
    Ok(all)
}

async fn connections(
    target: &Target,
    numbers: Vec<(u32, Option<Pace>)>,
    make: &Make,
    window: Window,
) -> Measured {
    let mut running = JoinSet::new();
    for (number, pace) in numbers {
        let connection = Connection::new(target.address);
        running.spawn(one(connection, make(number), pace, window));
    }
    let mut all = Measured::default();
    let deadline = tokio::time::Instant::from_std(window.until + LAST_ANSWERS);
    loop {
        match tokio::time::timeout_at(deadline, running.join_next()).await {
            Ok(Some(Ok(measured))) => all.absorb(&measured),
            Ok(Some(Err(_))) => all.failed("client".to_owned()),
            Ok(None) => return all,
            Err(_) => {
                // What is still open then was never answered.
                let open = u64::try_from(running.len()).unwrap_or(u64::MAX);
                all.errors.insert("timeout".to_owned(), open);
                return all;
            }
        }
    }
}

async fn one(
    mut connection: Connection,
    mut work: Box<dyn Work>,
    mut pace: Option<Pace>,
    window: Window,
) -> Measured {
    let mut measured = Measured::default();
    let mut request = Vec::with_capacity(4096);
    let mut faults = 0;
    loop {
        request.clear();
        work.next(&mut request);
        let sent = match &mut pace {
            Some(pace) => pace.due().await,
            None => Instant::now(),
        };
        if sent >= window.until || faults >= FAULTS {
            return measured;
        }
        let status = connection.call(&request).await.map(|answer| answer.status);
        let counts = sent >= window.from;
        match status {
            Ok(status) if work.is_good(status) => {
                faults = 0;
                if counts {
                    measured.latencies.record(sent.elapsed());
                }
            }
            Ok(status) => {
                faults = 0;
                if counts {
                    measured.failed(status.to_string());
                }
            }
            Err(fault) => {
                faults += 1;
                // Also before the window: a connection that breaks is never as it should be.
                measured.failed(fault.label().to_owned());
                // Not to spin against a server that is gone.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}
