//! Bills that somebody asks for (TMF678 `customerBillOnDemand`): made by the same way as those of a run.

use std::sync::Arc;

use serde_json::{Value, json};

use super::gather::{ACCOUNT, BILLED_TO, Covers, Found};
use super::make::{Made, Sort};
use super::settings::Invoicing;
use super::write::BILL;
use crate::behaviour::account::{PARTIES, holders};
use crate::behaviour::billing::receivable::CREDIT_NOTE;
use crate::behaviour::billing::{ON_DEMAND, ON_DEMAND_TASK, STATE_REASON};
use crate::behaviour::{attributes, document};
use crate::charging::waiting::fold;
use crate::domain::adapt::href::reference;
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Caller, rewrite_in};
use crate::job::{Handler, JobOutcome, Running, Stop};
use crate::store::{Hold, IdKey, JobRow, Match, Plan, Session, Tx};

/// How often it is read anew because somebody wrote what was read.
const TRIES: usize = 20;
/// Accounts of a party that are looked at.
const LOOK: i64 = 100;
/// Bills of an account that are looked at for the last one with a number.
const LAST: u64 = 50;

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
            let made = match &asked.sort {
                Some(sort) => self.0.one(&caller, &asked.account, sort, now)?,
                None => {
                    let last = self.0.last_bill(&caller, &asked.account)?;
                    let (invoicing, caller, key) =
                        (Arc::clone(&self.0), caller.clone(), key.clone());
                    return job.finish(move |tx| invoicing.answer_copy(tx, &caller, &key, &last));
                }
            };
            let (invoicing, caller, key) = (Arc::clone(&self.0), caller.clone(), key.clone());
            let done = job.finish(move |tx| {
                if let Ok(made) = &made {
                    invoicing.write(tx, &caller, made)?;
                }
                // There is room for one: that in the currency of the account, where there is one.
                let first = made.as_ref().map(|made| made.first());
                invoicing.answer(tx, &caller, &key, first.map_err(String::as_str))
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

    fn gave_up(&self, tx: &mut Tx<'_>, job: &JobRow, _: &str) -> Outcome<()> {
        let caller = crate::behaviour::caller(job);
        let key = IdKey::new(job.tenant, ON_DEMAND, &job.subject_id);
        let why = super::broken(job);
        self.0
            .end(tx, &caller, &key, "terminatedWithError", Some(&why), None)
    }
}

/// What is asked for.
struct Asked {
    account: Whose,
    /// None for another copy of the last bill.
    sort: Option<Sort>,
}

/// Whose bill it is.
enum Whose {
    Account(String),
    /// That of the only account that a party has.
    Party(String),
}

impl Invoicing {
    fn demand(&self, key: &IdKey) -> Outcome<Option<Asked>> {
        let rows = self.store.read_blocking(|session| session.versions(key))?;
        let Some(row) = rows.into_iter().find(|row| row.current) else {
            return Ok(None);
        };
        let doc = document(&row)?;
        let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
        let party = text("/relatedParty/partyOrPartyRole/id").map(str::to_owned);
        let account = match text("/billingAccount/id") {
            Some(id) => Some(Whose::Account(id.to_owned())),
            None => party.map(Whose::Party),
        };
        let category = match text("/category") {
            Some("duplicate") => None,
            Some("trial") => Some("trial"),
            Some("last") => Some("last"),
            _ => Some("interim"),
        };
        let sort = category.map(|category| Sort {
            category,
            run_type: "offCycle",
            trial: category == "trial",
            cycle: None,
        });
        Ok(account.map(|account| Asked { account, sort }))
    }

    /// The last bill of an account that has a number; in words, why there is none.
    fn last_bill(&self, caller: &Caller, account: &Whose) -> Outcome<Result<String, String>> {
        let tenant = caller.tenant;
        self.read(|session| {
            let account = match self.account_of(session, tenant, account)? {
                Ok(account) => account,
                Err(why) => return Ok(Err(why)),
            };
            let by_account = self.indexed(BILL, BILLED_TO)?;
            let plan = Plan {
                descending: true,
                limit: LAST,
                ..Plan::having(tenant, BILL, by_account, Match::Equals(account))
            };
            for row in session.list(&plan)? {
                let doc = attributes(&row, &["billNo", "category"])?;
                let is_credit = doc.get("category").and_then(Value::as_str) == Some(CREDIT_NOTE);
                if doc.get("billNo").is_some() && !is_credit {
                    return Ok(Ok(row.id));
                }
            }
            Ok(Err("there is no bill to copy".to_owned()))
        })
    }

    fn answer_copy(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &IdKey,
        last: &Result<String, String>,
    ) -> Outcome<()> {
        match last {
            Ok(bill) => self.end(tx, caller, key, "done", None, Some(bill)),
            Err(why) => self.end(tx, caller, key, "rejected", Some(why), None),
        }
    }

    /// The bill, or one in each currency; none where there is nothing to bill, and in words why there can be none.
    fn one(
        &self,
        caller: &Caller,
        account: &Whose,
        sort: &Sort,
        now: Micros,
    ) -> Outcome<Result<Vec<Made>, String>> {
        let covers = Covers::UpTo(now);
        let found = self.read(|session| {
            let account = match self.account_of(session, caller.tenant, account)? {
                Ok(account) => account,
                Err(why) => return Ok(Err(why)),
            };
            self.gather(session, caller.tenant, &[account], covers)
                .map(Ok)
        })?;
        let found = match found {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        Ok(match found.into_iter().next() {
            Some((_, Found::Due(gathered))) => {
                self.make(caller.tenant, *gathered, sort, covers, now)
            }
            Some((_, Found::Failed(why))) => Err(why),
            Some((_, Found::Billed)) | None => Ok(Vec::new()),
        })
    }

    fn answer(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &IdKey,
        made: Result<Option<&Made>, &str>,
    ) -> Outcome<()> {
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
                members.insert(STATE_REASON.to_owned(), json!(why));
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

    /// The id of the account that is meant; in words, why it is not known. Of several that name a party, that which
    /// it holds.
    fn account_of(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        whose: &Whose,
    ) -> Outcome<Result<String, String>> {
        let party = match whose {
            Whose::Account(id) => return Ok(Ok(id.clone())),
            Whose::Party(id) => id,
        };
        let by_party = self.indexed(ACCOUNT, PARTIES)?;
        let rows = session.rows_by_index(tenant, &[by_party], std::slice::from_ref(party), LOOK)?;
        if let [only] = rows.as_slice() {
            return Ok(Ok(only.id.clone()));
        }
        let mut held = Vec::new();
        for row in &rows {
            let doc = attributes(row, &["relatedParty"])?;
            if holders(&doc).any(|own| own.get("id").and_then(Value::as_str) == Some(party)) {
                held.push(row.id.clone());
            }
        }
        Ok(match (rows.is_empty(), held.len()) {
            (_, 1) => Ok(held.remove(0)),
            (true, _) => Err("no billing account names the party".to_owned()),
            _ => Err("the party has several billing accounts; name one".to_owned()),
        })
    }
}
