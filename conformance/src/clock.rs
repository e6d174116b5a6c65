//! The time: a test of a server runs in real time, and everything else takes it from here.

use chrono::{DateTime, SecondsFormat, Utc};

/// The present moment.
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A moment as RFC 3339 with milliseconds, in the form of the standard's examples.
pub fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}
