//! Usage that is rated again, and what comes of it.

use std::collections::HashSet;

use serde_json::Value;

use super::{PRICE, Report};
use crate::charging::alert::Alert;
use crate::charging::batch::Batch;
use crate::charging::charge::{Charged, Rater, Task};
use crate::charging::world::Writes;
use crate::domain::clock::Micros;
use crate::domain::usage_status::UsageStatus;
use crate::store::usage::UsageRow;

/// What came of it.
#[derive(Default)]
pub(super) struct Again {
    pub report: Report,
    /// What is to be written.
    pub written: Vec<(Task, Charged)>,
    /// Also of usage that stays as it is.
    raised: Vec<(UsageRow, Vec<Alert>)>,
}

impl Again {
    /// Rates usage again, in its order.
    pub fn rate(rater: &mut Rater, tasks: impl Iterator<Item = Task>, now: Micros) -> Self {
        let mut all = Again::default();
        tasks.for_each(|task| all.add(rater, task, now));
        all
    }

    fn add(&mut self, rater: &mut Rater, mut task: Task, now: Micros) {
        let before = task.content.doc().into_owned();
        let mut own = rater.charge(&mut task, now);
        let alerts = std::mem::take(&mut own.alerts);
        if !alerts.is_empty() {
            self.raised.push((own.row.clone(), alerts));
        }
        let report = &mut self.report;
        report.rated += 1;
        if let Some(reason) = &own.reason {
            report.failed += 1;
            report.list(&task, &before, None, Some(reason.message.as_str()));
            return;
        }
        let is_same = same_price(&before, &task.content.doc());
        if is_same && same_trace(&task, &own) {
            return;
        }
        if !is_same {
            report.changed += 1;
            report.list(&task, &before, Some(&task.content.doc()), None);
        }
        if UsageStatus::of(&before) == Some(UsageStatus::Billed) {
            report.billed += u64::from(!is_same);
            return;
        }
        self.written.push((task, own));
    }

    /// All that is to be written, with the states of owners.
    pub fn batch(self, writes: Writes, now: Micros) -> (Batch, Report) {
        let (tasks, charged): (Vec<Task>, Vec<Charged>) = self.written.into_iter().unzip();
        let tasks: Vec<&Task> = tasks.iter().collect();
        let mut batch = Batch::new(&tasks, charged, writes, &HashSet::new(), 0, now);
        for (row, alerts) in self.raised {
            batch.add_alerts(&row, alerts);
        }
        (batch, self.report)
    }
}

/// True where a usage was rated the same way: it drew from the same buckets by the same steps.
fn same_trace(task: &Task, own: &Charged) -> bool {
    let stored = task.stored.as_ref();
    stored.is_some_and(|row| (row.trace_shape, &row.trace) == (own.row.trace_shape, &own.row.trace))
}

/// True where two documents say the same price. When it was rated plays no part.
fn same_price(one: &Value, other: &Value) -> bool {
    let price = |doc: &Value| {
        let mut price = doc.get(PRICE).cloned().unwrap_or_default();
        without_dates(&mut price);
        price
    };
    price(one) == price(other) && one.get("product") == other.get("product")
}

fn without_dates(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_dates),
        Value::Object(members) => {
            members.shift_remove("ratingDate");
            members.values_mut().for_each(without_dates);
        }
        _ => {}
    }
}
