//! The job of a bill run: finds the accounts and hands them out in chunks, which any process works on.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::chunk;
use super::document::bill_cycle;
use super::gather::ACCOUNT;
use super::settings::Invoicing;
use crate::behaviour::billing::{BILL_RUN, STATE_REASON};
use crate::behaviour::document;
use crate::charging::waiting::fold;
use crate::domain::adapt::href::reference;
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Caller, NewResource, create_in, rewrite_in};
use crate::job::{Handler, JobOutcome, Running, Stop};
use crate::store::{DbResult, Hold, IdKey, JobRow, Plan, Position, Session, Tx};

/// Kind of runs in the store.
pub const KIND: &str = BILL_RUN;
/// What a run has come to in money.
pub const TOTALS: &str = "total";
/// Chunks that are under way, and one more while accounts are handed out.
const OPEN: &str = "openPartCount";
const CYCLE: &str = "billCycle";

/// Hands out the accounts of a run.
pub struct Run(pub Arc<Invoicing>);

impl Handler for Run {
    fn task(&self) -> &'static str {
        crate::behaviour::billing::RUN_TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let caller = crate::behaviour::caller(job.row());
        let key = IdKey::new(caller.tenant, KIND, &job.row().subject_id);
        let asked = self.0.asked(&key)?;
        // What was rated by now is billed.
        fold(&self.0.store)?;
        loop {
            let progress = job.progress()?;
            let after = progress.get("after").and_then(Value::as_i64).unwrap_or(0);
            let (accounts, last) = self.0.accounts(caller.tenant, &asked, after)?;
            let (invoicing, caller, key) = (Arc::clone(&self.0), caller.clone(), key.clone());
            let now = job.clock().now();
            let (asked, is_last) = (asked.clone(), last.is_none());
            let hand_out = move |tx: &mut Tx<'_>| {
                invoicing.hand_out(tx, &caller, &key, &asked, (&accounts, is_last), now)
            };
            let done = match last {
                Some(last) => job.commit(&json!({ "after": last }), hand_out),
                None => job.finish(hand_out),
            };
            (self.0.wake)();
            done?;
            if last.is_none() {
                return Ok(());
            }
        }
    }

    fn gave_up(&self, tx: &mut Tx<'_>, job: &JobRow, _: &str) -> Outcome<()> {
        let caller = crate::behaviour::caller(job);
        let key = IdKey::new(job.tenant, KIND, &job.subject_id);
        self.0.fail(tx, &caller, &key, &super::broken(job))
    }
}

/// What a run is asked for.
#[derive(Clone)]
struct Asked {
    accounts: Option<Vec<String>>,
    cycle: Option<String>,
    date: Micros,
    /// When it was asked for.
    since: Micros,
    trial: bool,
}

impl Invoicing {
    fn asked(&self, key: &IdKey) -> Result<Asked, Stop> {
        let rows = self.store.read_blocking(|session| session.versions(key))?;
        let row = rows.into_iter().find(|row| row.current).ok_or(Stop::Gone)?;
        let doc = document(&row)?;
        let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
        let accounts = doc.get("billingAccount").and_then(Value::as_array);
        let accounts = accounts.map(|list| {
            let ids = list.iter().filter_map(|own| own.get("id")?.as_str());
            // An account that is named twice is billed once.
            let mut seen = HashSet::new();
            let ids = ids.filter(|id| seen.insert(*id));
            ids.map(str::to_owned).collect()
        });
        let date = text("/billingDate").and_then(Micros::parse);
        Ok(Asked {
            accounts,
            cycle: text("/billingCycleSpecification/id").map(str::to_owned),
            date: date.unwrap_or(Micros(row.created_at)),
            since: Micros(row.created_at),
            trial: doc.get("trial") == Some(&Value::Bool(true)),
        })
    }

    /// The next accounts, and where to go on; none for the end.
    fn accounts(
        &self,
        tenant: i64,
        asked: &Asked,
        after: i64,
    ) -> Outcome<(Vec<String>, Option<i64>)> {
        // A page is handed out at once, whatever a chunk is.
        let page = self.settings.chunk.max(1) * PAGE_CHUNKS;
        if let Some(accounts) = &asked.accounts {
            let from = usize::try_from(after).unwrap_or(0);
            let some: Vec<String> = accounts.iter().skip(from).take(page).cloned().collect();
            let next = from + some.len();
            let more = next < accounts.len();
            return Ok((some, more.then(|| i64::try_from(next).unwrap_or(i64::MAX))));
        }
        let by_cycle = self.indexed(ACCOUNT, "billStructure.cycleSpecification.id")?;
        let (ids, last) = self
            .store
            .read_blocking(|session| of_cycle(session, tenant, (asked, by_cycle), after, page))?;
        let is_full = ids.len() >= page;
        Ok((ids, last.filter(|_| is_full)))
    }

    fn hand_out(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &IdKey,
        asked: &Asked,
        (accounts, is_last): (&[String], bool),
        now: Micros,
    ) -> Outcome<()> {
        let Some(row) = tx
            .hold(key, Hold::Alone)?
            .into_iter()
            .find(|row| row.current)
        else {
            return Ok(());
        };
        let mut doc = document(&row)?;
        let cycle = self.cycle_of(tx, caller, asked, &mut doc, now)?;
        let chunks = accounts.chunks(self.settings.chunk.max(1));
        let n = i64::try_from(chunks.len()).unwrap_or(i64::MAX);
        for some in chunks {
            let payload = chunk::payload(some, asked.date, asked.trial, cycle.as_deref());
            tx.enqueue(JobRow {
                payload: payload.to_string(),
                // Before the documents of the bills that its first parts have made.
                run_at: asked.since.0,
                ..JobRow::new(chunk::TASK, key.clone(), &caller.principal, now.0)
            });
        }
        if let Some(members) = doc.as_object_mut() {
            members.insert("state".to_owned(), json!("inProgress"));
            settle(members, n - i64::from(is_last), now);
        }
        self.rewrite(tx, caller, row, doc, now)
    }

    fn rewrite(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        row: crate::store::ResourceRow,
        doc: Value,
        now: Micros,
    ) -> Outcome<()> {
        let resource = self.core.registry.canonical(KIND);
        let resource = resource.ok_or_else(|| Problem::internal("there are no bill runs"))?;
        rewrite_in(&self.core, tx, caller, resource, row, doc, now).map(drop)
    }

    /// The run as TMF678 shows it, which is made when the run begins.
    fn cycle_of(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        asked: &Asked,
        run: &mut Value,
        now: Micros,
    ) -> Outcome<Option<String>> {
        if let Some(known) = run.pointer("/billCycle/id").and_then(Value::as_str) {
            return Ok(Some(known.to_owned()));
        }
        if asked.trial {
            return Ok(None);
        }
        let calendar = self.calendar_of(tx, caller.tenant, asked.cycle.as_deref())?;
        let Some(period) = calendar.due(asked.date) else {
            return Ok(None);
        };
        let name = run.get("name").and_then(Value::as_str).map(str::to_owned);
        let name = name.unwrap_or_else(|| period.first.to_string());
        let resource = self.core.registry.canonical(CYCLE);
        let resource = resource.ok_or_else(|| Problem::internal("there are no bill cycles"))?;
        let new = NewResource {
            id: None,
            doc: bill_cycle(&name, &period, asked.cycle.as_deref()),
        };
        let stored = create_in(&self.core, tx, caller, resource, &new, now)?;
        let id = stored.row.id.clone();
        if let Some(members) = run.as_object_mut() {
            let own = reference("BillCycleRef", CYCLE, "BillCycle", &id);
            members.insert(CYCLE.to_owned(), own);
        }
        Ok(Some(id))
    }

    fn fail(&self, tx: &mut Tx<'_>, caller: &Caller, key: &IdKey, why: &str) -> Outcome<()> {
        let Some(row) = tx
            .hold(key, Hold::Alone)?
            .into_iter()
            .find(|row| row.current)
        else {
            return Ok(());
        };
        let mut doc = document(&row)?;
        if let Some(members) = doc.as_object_mut() {
            members.insert("state".to_owned(), json!("terminatedWithError"));
            members.insert(STATE_REASON.to_owned(), json!(why));
        }
        let now = self.core.clock.now();
        self.rewrite(tx, caller, row, doc, now)
    }
}

/// Chunks that are handed out in one transaction.
const PAGE_CHUNKS: usize = 20;

/// Accounts of a cycle, or all, in the order of their creation.
fn of_cycle(
    session: &mut dyn Session,
    tenant: i64,
    (asked, by_cycle): (&Asked, i64),
    after: i64,
    limit: usize,
) -> DbResult<(Vec<String>, Option<i64>)> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    if let Some(cycle) = &asked.cycle {
        let heads = session.heads_by_index(tenant, &[by_cycle], cycle, after, most)?;
        let last = heads.last().map(|head| head.seq);
        return Ok((heads.into_iter().map(|head| head.id).collect(), last));
    }
    let plan = Plan {
        after: (after > 0).then_some(Position {
            value: None,
            seq: after,
        }),
        limit: limit as u64,
        ..Plan::all(tenant, ACCOUNT)
    };
    let rows = session.list(&plan)?;
    let last = rows.last().map(|row| row.seq);
    Ok((rows.into_iter().map(|row| row.id).collect(), last))
}

/// Counts parts that begin, or, below nothing, that are done. The run is done when none is under way.
pub fn settle(run: &mut Map<String, Value>, parts: i64, now: Micros) {
    let open = run.get(OPEN).and_then(Value::as_i64).unwrap_or(1) + parts;
    run.insert(OPEN.to_owned(), json!(open));
    if open > 0 {
        return;
    }
    run.insert("state".to_owned(), json!("done"));
    run.insert("completionDate".to_owned(), json!(now.to_rfc3339()));
}
