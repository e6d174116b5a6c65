//! Bills that somebody asks for (TMF678 `customerBillOnDemand`): made by the same way as those of a run.

use std::sync::Arc;

use serde_json::{Value, json};

use super::document::reference;
use super::gather::{Covers, Found};
use super::settings::Invoicing;
use super::write::{BILL, Made, Outcomes, Sort};
use crate::behaviour::billing::{ON_DEMAND, ON_DEMAND_TASK};
use crate::behaviour::document;
use crate::charging::tally::fold;
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Caller, rewrite_in};
use crate::job::{Handler, JobOutcome, Running, Stop};
use crate::store::{Hold, IdKey, JobRow, Tx};

/// How often it is read anew because somebody wrote what was read.
const TRIES: usize = 20;

/// Makes a bill that was asked for.
pub struct OnDemand(pub Arc<Invoicing>);

impl Handler for OnDemand {
    fn task(&self) -> &'static str {
        ON_DEMAND_TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let caller = crate::behaviour::caller(job.row());
        let key = IdKey::new(caller.tenant, ON_DEMAND, &job.row().subject_id);
        let Some(asked) = self.0.demand(&key)? else {
            return Err(Stop::Gone);
        };
        fold(&self.0.store)?;
        for _ in 0..TRIES {
            let now = job.clock().now();
            let made = self.0.one(&caller, &asked, now)?;
            let (invoicing, caller, key) = (Arc::clone(&self.0), caller.clone(), key.clone());
            let done = job.finish(move |tx| {
                if let Ok(Some(made)) = &made {
                    invoicing.write(tx, &caller, std::slice::from_ref(made))?;
                }
                let answer = made.as_ref().map(Option::as_ref).map_err(String::as_str);
                invoicing.answer(tx, &caller, &key, answer, now)
            });
            match done {
                Err(Stop::Outdated(_)) => job.check()?,
                done => {
                    (self.0.wake)();
                    return done;
                }
            }
        }
        Err(Stop::Transient(
            "the account changes all the time".to_owned(),
        ))
    }

    fn gave_up(&self, tx: &mut Tx<'_>, job: &JobRow, error: &str) -> Outcome<()> {
        let caller = crate::behaviour::caller(job);
        let key = IdKey::new(job.tenant, ON_DEMAND, &job.subject_id);
        self.0
            .end(tx, &caller, &key, "terminatedWithError", Some(error), None)
    }
}

/// What is asked for.
struct Asked {
    account: String,
    sort: Sort,
}

impl Invoicing {
    fn demand(&self, key: &IdKey) -> Outcome<Option<Asked>> {
        let rows = self.store.read_blocking(|session| session.versions(key))?;
        let Some(row) = rows.into_iter().find(|row| row.current) else {
            return Ok(None);
        };
        let doc = document(&row)?;
        let account = doc.pointer("/billingAccount/id").and_then(Value::as_str);
        let category = doc.get("category").and_then(Value::as_str);
        let (category, trial) = match category {
            Some("trial") => ("trial", true),
            Some("last") => ("last", false),
            _ => ("interim", false),
        };
        Ok(account.map(|account| Asked {
            account: account.to_owned(),
            sort: Sort {
                category,
                run_type: "offCycle",
                trial,
                cycle: None,
            },
        }))
    }

    /// The bill; none where there is nothing to bill, and in words why there can be none.
    fn one(
        &self,
        caller: &Caller,
        asked: &Asked,
        now: Micros,
    ) -> Outcome<Result<Option<Made>, String>> {
        let covers = Covers::UpTo(now);
        let accounts = [asked.account.clone()];
        let found = self.read(|session| self.gather(session, caller.tenant, &accounts, covers))?;
        let made = match found.into_iter().next() {
            Some((_, Found::Due(gathered))) => {
                self.make(caller.tenant, *gathered, &asked.sort, covers, now)
            }
            Some((_, Found::Failed(why))) => return Ok(Err(why)),
            Some((_, Found::Billed)) | None => return Ok(Ok(None)),
        };
        Ok(made.map(|made| match made {
            Outcomes::Made(made) => Some(*made),
            Outcomes::Empty => None,
        }))
    }

    fn answer(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &IdKey,
        made: Result<Option<&Made>, &str>,
        now: Micros,
    ) -> Outcome<()> {
        let _ = now;
        match made {
            Ok(Some(made)) => self.end(tx, caller, key, "done", None, Some(&made.id)),
            Ok(None) => {
                let why = "there is nothing to bill";
                self.end(tx, caller, key, "rejected", Some(why), None)
            }
            Err(why) => self.end(tx, caller, key, "rejected", Some(why), None),
        }
    }

    fn end(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &IdKey,
        state: &str,
        why: Option<&str>,
        bill: Option<&str>,
    ) -> Outcome<()> {
        let Some(row) = tx
            .hold(key, Hold::Alone)?
            .into_iter()
            .find(|row| row.current)
        else {
            return Ok(());
        };
        let mut doc = document(&row)?;
        if let Some(members) = doc.as_object_mut() {
            members.insert("state".to_owned(), json!(state));
            if let Some(why) = why {
                members.insert("stateReason".to_owned(), json!(why));
            }
            if let Some(bill) = bill {
                let bill = reference("CustomerBillRef", BILL, "CustomerBill", bill);
                members.insert(BILL.to_owned(), bill);
            }
        }
        let resource = self.core.registry.canonical(ON_DEMAND);
        let resource = resource.ok_or_else(|| Problem::internal("there are no bills on demand"))?;
        let now = self.core.clock.now();
        rewrite_in(&self.core, tx, caller, resource, row, doc, now).map(drop)
    }
}
