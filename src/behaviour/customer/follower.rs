//! What follows a change of a customer's status: a durable job asks each follower in turn.
//!
//! The job is enqueued in the transaction of the change, so that it is neither lost nor done for a
//! change that did not happen. A job that is interrupted goes on with the follower it was at. When
//! the status changes again, the older job stops before its next write and the newer one draws the
//! consequences; both hold the same lock while they write.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{KIND, Known, Step, followers};
use crate::behaviour::durable;
use crate::behaviour::lifecycle::States;
use crate::domain::problem::Outcome;
use crate::engine::{Caller, Change, Core};
use crate::job::{Handler, JobOutcome, Running, Stop};
use crate::store::{IdKey, ResourceRow, Tx};

/// Name of the job.
const TASK: &str = "customerStatus";

/// Something that draws consequences of a change of status.
pub trait Follower: Send + Sync {
    /// Its name in progress and logs.
    fn name(&self) -> &'static str;

    /// Draws the consequences, all or none of which may have been drawn already: a job that was
    /// interrupted asks again.
    ///
    /// # Errors
    /// A [`Stop`]; what [`Leg::commit`] returns is passed on with `?`.
    fn follow(&self, leg: &mut Leg<'_>) -> JobOutcome;
}

/// A follower's part of the job.
pub struct Leg<'j> {
    pub core: Arc<Core>,
    pub known: Known,
    pub caller: Caller,
    /// Id of the customer.
    pub customer: String,
    pub step: Step,
    pub from: String,
    pub to: String,
    job: &'j mut Running,
    /// Followers that are done.
    done: usize,
    place: Value,
    superseded: bool,
}

impl Leg<'_> {
    /// Where this follower was when it saved its place last; null at first.
    pub fn place(&self) -> &Value {
        &self.place
    }

    /// Forgets the place, so that the follower looks at everything once more.
    pub fn begin_again(&mut self) {
        self.place = Value::Null;
    }

    /// Writes in one transaction and saves the place with it. `work` gets the customer as it is,
    /// and may run several times.
    ///
    /// # Errors
    /// As [`Running::commit`]; also when the status has changed again, which ends the job.
    pub fn commit<T, F>(&mut self, place: Value, mut work: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>, &ResourceRow) -> Outcome<T> + Send + 'static,
    {
        let (tenant, customer, to) = (self.caller.tenant, self.customer.clone(), self.to.clone());
        let progress = json!({ "done": self.done, "place": place });
        let written = self.job.commit(&progress, move |tx| {
            lock(tx, tenant, &customer)?;
            let key = IdKey::new(tenant, KIND, &customer);
            let rows = tx.versions(&key)?;
            let still = |row: &&ResourceRow| row.current && row.state.as_ref() == Some(&to);
            match rows.iter().find(still) {
                Some(row) => work(tx, row).map(Some),
                None => Ok(None),
            }
        })?;
        self.place = place;
        written.ok_or_else(|| {
            self.superseded = true;
            Stop::Failed("the status has changed again".to_owned())
        })
    }
}

/// Held by whoever changes the status of a customer or draws consequences of it.
///
/// # Errors
/// A fault of the store.
pub fn lock(tx: &mut Tx<'_>, tenant: i64, customer: &str) -> Outcome<()> {
    tx.lock(&format!("status of customer {tenant} {customer}"))
}

/// Enqueues the job of a change that is being written.
pub fn enqueue(change: &mut Change<'_, '_>, from: &str, to: &str) {
    let id = change.id.to_owned();
    durable::enqueue(change, TASK, &id, &json!({ "from": from, "to": to }));
}

/// Runs the jobs.
pub struct StatusJobs {
    core: Arc<Core>,
    known: Known,
    states: States,
    followers: Vec<Box<dyn Follower>>,
}

impl StatusJobs {
    pub fn new(core: Arc<Core>, known: Known) -> Self {
        StatusJobs {
            core,
            states: States::of(KIND, &known.machines),
            known,
            followers: followers(),
        }
    }
}

impl Handler for StatusJobs {
    fn task(&self) -> &'static str {
        TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let row = job.row().clone();
        let (payload, progress) = (job.payload()?, job.progress()?);
        let text = |name| {
            payload
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (from, to) = (text("from"), text("to"));
        let Some(step) = Step::of(&self.states, from, to) else {
            // The states were configured anew meanwhile.
            return job.finish(|_| Ok(()));
        };
        let done = progress.get("done").and_then(Value::as_u64).unwrap_or(0);
        let first = usize::try_from(done).unwrap_or(usize::MAX);
        let mut place = progress.get("place").cloned().unwrap_or_default();
        for (at, follower) in self.followers.iter().enumerate().skip(first) {
            let mut leg = Leg {
                core: Arc::clone(&self.core),
                known: self.known.clone(),
                caller: durable::caller(&row),
                customer: row.subject_id.clone(),
                step,
                from: from.to_owned(),
                to: to.to_owned(),
                job: &mut *job,
                done: at,
                place: std::mem::take(&mut place),
                superseded: false,
            };
            let outcome = follower.follow(&mut leg);
            if leg.superseded {
                break;
            }
            let (customer, from, to) = (&leg.customer, &leg.from, &leg.to);
            let name = follower.name();
            if let Err(stop) = outcome {
                tracing::warn!(customer, from, to, name, %stop, "a status is not followed yet");
                return Err(stop);
            }
            tracing::debug!(customer, from, to, name, "a status was followed");
            job.save_progress(&json!({ "done": at + 1, "place": null }))?;
        }
        job.finish(|_| Ok(()))
    }
}
