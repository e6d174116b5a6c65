//! What operators see of rating at `/metrics`: what becomes of usage, and how long it takes.

use std::collections::HashMap;

use super::charge::{Reason, Task};
use crate::domain::clock::Micros;
use crate::domain::usage_status::UsageStatus;

/// Counts what a batch has become, once it is written, and how long those waited that came before it.
pub fn rated<'t>(
    outcomes: impl Iterator<Item = (&'t Task, UsageStatus, Option<&'t Reason>)>,
    now: Micros,
) {
    let mut counts: HashMap<(&'static str, &'static str), u64> = HashMap::new();
    for (task, status, reason) in outcomes {
        let reason = reason.map_or("", |own| own.code.as_str());
        *counts.entry((status.as_str(), reason)).or_default() += 1;
        if let Some(row) = &task.stored
            && !task.was_rated()
        {
            let waited = now.0.saturating_sub(row.created_at).max(0);
            let waited = std::time::Duration::from_micros(waited.unsigned_abs());
            metrics::histogram!("tollgate_rating_lag_seconds").record(waited.as_secs_f64());
        }
    }
    for ((status, reason), n) in counts {
        metrics::counter!("tollgate_usage_total", "status" => status, "reason" => reason)
            .increment(n);
    }
}
