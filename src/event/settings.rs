//! How events are delivered.

use std::time::Duration;

/// Settings of the [`super::Dispatcher`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Seconds before each further attempt; after the last one a delivery is given up.
    pub retry_schedule_s: Vec<u32>,
    /// How long a subscriber may take to answer.
    pub timeout: Duration,
    /// Notifications under way at once that subscribers share. Beyond these each subscriber may
    /// have one of its own, so that those who are slow cannot use up the turns of others.
    pub concurrency: usize,
    /// How often the database is asked for work that nobody told this process of: retries, and
    /// events of other processes.
    pub poll: Duration,
    /// How long to wait for more events after the first, so that a stream of writes is handed on in
    /// batches.
    pub linger: Duration,
    /// Failures in a row after which a subscriber is left alone for a while.
    pub circuit_failures: u32,
    /// The first such pause; it doubles with each further failure, up to `circuit_pause_max`.
    pub circuit_pause: Duration,
    pub circuit_pause_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            retry_schedule_s: vec![5, 30, 120, 600, 1800, 7200, 21600],
            timeout: Duration::from_secs(10),
            concurrency: 16,
            poll: Duration::from_secs(1),
            linger: Duration::from_millis(10),
            circuit_failures: 5,
            circuit_pause: Duration::from_secs(10),
            circuit_pause_max: Duration::from_secs(600),
        }
    }
}

impl Settings {
    /// How long the right to deliver to a subscriber lasts. Half of it must outlast a request, since
    /// it is renewed when half is over.
    pub(super) fn lease(&self) -> Duration {
        Duration::from_secs(20) + self.timeout * 2
    }

    /// Shared turns that one subscriber may hold.
    pub(super) fn share(&self) -> usize {
        self.concurrency.div_ceil(4)
    }
}

/// A duration in microseconds, as the store counts.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
