//! The job that sends bills when their mailing date has come, a few at a time together with how far it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::settings::Invoicing;
use crate::behaviour::billing::receivable::mailing;
use crate::behaviour::billing::{MAIL_TASK, mail};
use crate::domain::clock::Micros;
use crate::job::{Handler, JobOutcome, Running, Stop};

/// Bills that are sent in one transaction.
const TOGETHER: usize = 64;

/// Sends bills.
pub struct Mail(pub Arc<Invoicing>);

impl Handler for Mail {
    fn task(&self) -> &'static str {
        MAIL_TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let payload = job.payload()?;
        let bills =
            bills(&payload).ok_or_else(|| Stop::Failed("not a list of bills".to_owned()))?;
        let caller = crate::behaviour::caller(job.row());
        let mut done = done_of(job)?.min(bills.len());
        while done < bills.len() {
            let some: Vec<String> = bills.iter().skip(done).take(TOGETHER).cloned().collect();
            done += some.len();
            let (core, caller, now) = (Arc::clone(&self.0.core), caller.clone(), job.clock().now());
            job.commit(&json!({ "done": done }), move |tx| {
                let later = mailing::send(&core, tx, caller.tenant, &some, now)?;
                let mut dates: BTreeMap<Micros, Vec<&str>> = BTreeMap::new();
                for (id, at) in &later {
                    dates.entry(*at).or_default().push(id);
                }
                for (at, bills) in dates {
                    mail(tx, &caller, &bills, (at, now));
                }
                Ok(())
            })?;
            (self.0.wake)();
        }
        job.finish(|_| Ok(()))
    }
}

/// The bills that a job is about.
pub(super) fn bills(payload: &Value) -> Option<Vec<String>> {
    let bills = payload.get("bills")?.as_array()?.iter();
    bills.map(|id| id.as_str().map(str::to_owned)).collect()
}

/// How many of them are done.
pub(super) fn done_of(job: &Running) -> Result<usize, Stop> {
    let progress = job.progress()?;
    let done = progress.get("done").and_then(Value::as_u64).unwrap_or(0);
    Ok(usize::try_from(done).unwrap_or(usize::MAX))
}
