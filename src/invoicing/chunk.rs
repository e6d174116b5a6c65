//! The job that bills some accounts of a run: all of them, and the account of it in the run, in one
//! transaction that ends the job, so that each is billed once whatever happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::gather::{Covers, Found};
use super::make::{Made, Sort};
use super::run::{KIND, TOTALS};
use super::settings::Invoicing;
use crate::behaviour::document;
use crate::domain::adapt::href::reference;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Money};
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Caller, rewrite_in};
use crate::job::{Handler, JobOutcome, Running, Stop};
use crate::store::{Hold, IdKey, JobRow, Tx};

pub const TASK: &str = "billChunk";
/// Failures that a run lists.
const FAILURES: usize = 100;
/// How often a chunk is read anew because somebody wrote what it had read.
const TRIES: usize = 20;

/// Bills the accounts of a chunk.
pub struct Chunk(pub Arc<Invoicing>);

/// What a chunk has come to.
#[derive(Clone, Debug, Default)]
struct Tally {
    accounts: u64,
    bills: u64,
    empty: u64,
    skipped: u64,
    held: u64,
    totals: BTreeMap<&'static str, (Amount, Amount)>,
    failures: Vec<(String, String)>,
}

impl Handler for Chunk {
    fn task(&self) -> &'static str {
        TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let payload = job.payload()?;
        let asked = Asked::read(&payload).ok_or_else(|| Stop::Failed("not a chunk".to_owned()))?;
        let caller = crate::behaviour::caller(job.row());
        let run = IdKey::new(caller.tenant, KIND, &job.row().subject_id);
        for _ in 0..TRIES {
            let now = job.clock().now();
            let (made, tally) = self.0.bills(&caller, &asked, now)?;
            let (invoicing, caller, run) = (Arc::clone(&self.0), caller.clone(), run.clone());
            let is_trial = asked.sort.trial;
            let done = job.finish(move |tx| {
                if !is_trial {
                    invoicing.write(tx, &caller, &made)?;
                }
                invoicing.account_for(tx, &caller, &run, &tally, now)
            });
            match done {
                Err(Stop::Outdated(_)) => job.check()?,
                done => {
                    (self.0.wake)();
                    return done;
                }
            }
        }
        Err(Stop::Transient("accounts change all the time".to_owned()))
    }

    /// The run goes on without these accounts, and says so; the next run finds them.
    fn gave_up(&self, tx: &mut Tx<'_>, job: &JobRow, _: &str) -> Outcome<()> {
        let caller = crate::behaviour::caller(job);
        let run = IdKey::new(job.tenant, KIND, &job.subject_id);
        let asked = serde_json::from_str(&job.payload).ok();
        let accounts = asked.as_ref().and_then(Asked::read);
        let accounts = accounts.map(|asked| asked.accounts).unwrap_or_default();
        let tally = Tally::failed(accounts, &super::broken(job));
        let now = self.0.core.clock.now();
        self.0.account_for(tx, &caller, &run, &tally, now)
    }
}

/// What the job was given.
struct Asked {
    accounts: Vec<String>,
    date: Micros,
    sort: Sort,
}

impl Asked {
    fn read(payload: &Value) -> Option<Self> {
        let accounts = payload.get("accounts")?.as_array()?.iter();
        let accounts = accounts.map(|id| id.as_str().map(str::to_owned));
        let trial = payload
            .get("trial")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        Some(Asked {
            accounts: accounts.collect::<Option<_>>()?,
            date: Micros(payload.get("date")?.as_i64()?),
            sort: Sort {
                category: if trial { "trial" } else { "normal" },
                run_type: "onCycle",
                trial,
                cycle: payload
                    .get("cycle")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            },
        })
    }
}

/// The payload of a chunk.
pub fn payload(accounts: &[String], date: Micros, trial: bool, cycle: Option<&str>) -> Value {
    json!({ "accounts": accounts, "date": date.0, "trial": trial, "cycle": cycle })
}

impl Invoicing {
    fn bills(&self, caller: &Caller, asked: &Asked, now: Micros) -> Outcome<(Vec<Made>, Tally)> {
        let covers = Covers::Due(asked.date);
        let found =
            self.read(|session| self.gather(session, caller.tenant, &asked.accounts, covers))?;
        let mut tally = Tally {
            accounts: asked.accounts.len() as u64,
            ..Tally::default()
        };
        let mut all = Vec::with_capacity(found.len());
        for (account, found) in found {
            let made = match found {
                Found::Due(gathered) => {
                    self.make(caller.tenant, *gathered, &asked.sort, covers, now)
                }
                Found::Billed => {
                    tally.skipped += 1;
                    continue;
                }
                Found::Failed(why) => Err(why),
            };
            match made {
                Ok(made) if made.is_empty() => tally.empty += 1,
                Ok(mut made) => {
                    made.iter().try_for_each(|made| tally.add(made))?;
                    all.append(&mut made);
                }
                Err(why) => tally.failures.push((account, why)),
            }
        }
        Ok((all, tally))
    }

    /// Adds what a chunk has come to to its run, which ends with its last chunk.
    fn account_for(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        run: &IdKey,
        tally: &Tally,
        now: Micros,
    ) -> Outcome<()> {
        let Some(row) = tx
            .hold(run, Hold::Alone)?
            .into_iter()
            .find(|row| row.current)
        else {
            // Nobody wants to know any more.
            return Ok(());
        };
        let mut doc = document(&row)?;
        if let Some(members) = doc.as_object_mut() {
            tally.write(members);
            super::run::settle(members, -1, now);
        }
        let resource = self.core.registry.canonical(KIND);
        let resource = resource.ok_or_else(|| Problem::internal("there are no bill runs"))?;
        rewrite_in(&self.core, tx, caller, resource, row, doc, now).map(drop)
    }
}

impl Tally {
    /// None of some accounts was billed.
    fn failed(accounts: Vec<String>, why: &str) -> Self {
        let n = accounts.len() as u64;
        let failures = accounts.into_iter().map(|id| (id, why.to_owned()));
        Tally {
            accounts: n,
            failures: failures.collect(),
            ..Tally::default()
        }
    }

    fn add(&mut self, made: &Made) -> Outcome<()> {
        self.bills += 1;
        self.held += u64::from(made.held);
        let sums = self.totals.entry(made.currency.code).or_default();
        let large = || Problem::internal("the sum of bills is larger than can be kept");
        sums.0 = sums.0.plus(made.net).ok_or_else(large)?;
        sums.1 = sums.1.plus(made.gross).ok_or_else(large)?;
        Ok(())
    }

    fn write(&self, run: &mut Map<String, Value>) {
        let failed = self.failures.len() as u64;
        for (name, n) in [
            ("accountCount", self.accounts),
            ("billCount", self.bills),
            ("emptyCount", self.empty),
            ("skippedCount", self.skipped),
            ("heldCount", self.held),
            ("failedCount", failed),
        ] {
            let before = run.get(name).and_then(Value::as_u64).unwrap_or(0);
            run.insert(name.to_owned(), json!(before + n));
        }
        for (code, sums) in &self.totals {
            add_total(run, code, *sums);
        }
        let failures = run.entry("failure").or_insert_with(|| json!([]));
        if let Value::Array(failures) = failures {
            for (account, why) in &self.failures {
                if failures.len() >= FAILURES {
                    break;
                }
                let account = reference(
                    "BillingAccountRef",
                    "billingAccount",
                    "BillingAccount",
                    account,
                );
                failures.push(
                    json!({ "@type": "BillRunFailure", "billingAccount": account, "reason": why }),
                );
            }
        }
    }
}

fn add_total(run: &mut Map<String, Value>, code: &str, (net, gross): (Amount, Amount)) {
    let Some(currency) = crate::domain::money::Currency::of(code) else {
        return;
    };
    let totals = run.entry(TOTALS).or_insert_with(|| json!([]));
    let Value::Array(totals) = totals else {
        return;
    };
    let names = ["taxExcludedAmount", "taxIncludedAmount"];
    let is_own = |own: &&mut Value| own.pointer("/taxExcludedAmount/unit") == Some(&json!(code));
    let sums = [net, gross];
    let Some(known) = totals.iter_mut().find(is_own) else {
        let mut total = json!({ "@type": "BillRunTotal" });
        for (name, sum) in names.into_iter().zip(sums) {
            if let Some(total) = total.as_object_mut() {
                total.insert(name.to_owned(), sum.in_currency(currency).to_json());
            }
        }
        totals.push(total);
        return;
    };
    for (name, sum) in names.into_iter().zip(sums) {
        let before = known.get(name).and_then(|own| Money::read(own).ok());
        let after = before.and_then(|before| before.plus(&sum.in_currency(currency)));
        if let (Some(after), Some(known)) = (after, known.as_object_mut()) {
            known.insert(name.to_owned(), after.to_json());
        }
    }
}
