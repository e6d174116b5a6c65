//! Time. Nothing else in Tollgate asks the system for it, so that tests and simulations own it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// An instant in microseconds since 1970-01-01T00:00:00Z: what both databases keep exactly.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Micros(pub i64);

impl Micros {
    /// The instant as RFC 3339 in UTC with milliseconds or, when needed, microseconds.
    pub fn to_rfc3339(self) -> String {
        let time = DateTime::<Utc>::from_timestamp_micros(self.0).unwrap_or_default();
        let precision = if self.0 % 1000 == 0 {
            SecondsFormat::Millis
        } else {
            SecondsFormat::Micros
        };
        time.to_rfc3339_opts(precision, true)
    }

    /// Reads RFC 3339 with any offset.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|t| Micros(t.timestamp_micros()))
    }

    /// Later by whole milliseconds.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Micros(self.0.saturating_add(millis.saturating_mul(1000)))
    }
}

/// The source of time. Cloning shares it.
#[derive(Clone, Default)]
pub struct Clock {
    /// A fixed time in microseconds, for tests; absent for the system's.
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Clock { fixed: None }
    }

    /// A clock that stands until it is moved.
    pub fn fixed_at(now: Micros) -> Self {
        Clock {
            fixed: Some(Arc::new(AtomicI64::new(now.0))),
        }
    }

    /// Now, in whole microseconds.
    #[allow(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(&self) -> Micros {
        match &self.fixed {
            Some(cell) => Micros(cell.load(Ordering::SeqCst)),
            None => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
        }
    }

    /// Moves a fixed clock forward; the system's clock does not move.
    pub fn advance_millis(&self, millis: i64) {
        if let Some(cell) = &self.fixed {
            cell.fetch_add(millis.saturating_mul(1000), Ordering::SeqCst);
        }
    }
}
