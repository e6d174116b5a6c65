//! Rating again what is rated: after a price was wrong, a product was set up late, a record came late.
//!
//! Usage that shares allowances or tiers hangs together, so all usage of all products that share
//! something is rated again from the beginning of the period, in the order in which it happened. What it
//! had used up is given back first, by what its traces say: what was topped up, corrected, moved or
//! carried over stays so. Everything is written over the revisions that were read: where a thread rated
//! something meanwhile, all begins anew. Usage on a bill keeps its price; what it would cost now is
//! reported. Where some usage has no price any more, nothing of what hangs together with it is changed.
//! Doing it twice changes nothing the second time.

mod asked;
mod report;
mod select;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

pub use asked::Asked;
pub(super) use report::Report;

use super::batch::Batch;
use super::charge::{Charged, Rater, Task};
use super::guide::guide;
use super::left::Left;
use super::owner::Owner;
use super::payer::{PRODUCT, Payer};
use super::pool::Pool;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_status::UsageStatus;
use crate::store::usage::UsageRow;
use crate::store::{DbError, DbResult, Session};
use asked::Whose;
use select::Target;

/// Products that a question may be about.
const PRODUCTS_MAX: usize = 100_000;
/// Products that share something at most.
const SHARING_MAX: i64 = 100_000;
/// Usage of products that share something that is rated again at once.
const ROWS_MAX: usize = 100_000;
const TRIES: usize = 5;
/// How often the beginning is looked for further back: a period has sessions that began in the one before.
const STEPS_BACK: usize = 64;
/// Products of which it is asked at once what they share.
const AT_ONCE: usize = 500;
const PRICE: &str = "usageProductPrice";

impl Pool {
    /// Rates usage again and says what that changes.
    ///
    /// # Errors
    /// `InvalidBody` for what is not there or is too much at once; `Unavailable` where others are always
    /// quicker.
    pub async fn rerate(self: &Arc<Self>, tenant: i64, asked: Asked) -> Outcome<Value> {
        let own = Arc::clone(self);
        let work = move || {
            let (scopes, gone) = own.scopes(tenant, own.targets(tenant, &asked)?)?;
            if let (Some(Whose::Product(_)), false) = (&asked.whose, gone.is_empty()) {
                let message = "is not a stored product";
                return Err(Problem::at(Code::InvalidBody, "/product/id", message));
            }
            let mut report = Report::default();
            gone.iter().for_each(|product| report.list_gone(product));
            for scope in scopes {
                own.rerate_all(tenant, &scope, asked.dry_run, &mut report)?;
            }
            Ok(report.to_value(asked.dry_run))
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(Problem::internal)?
    }

    /// Rates again what hangs together with the usage of a product from an instant on.
    ///
    /// # Errors
    /// As [`Pool::rerate`].
    pub(super) fn rerate_late(&self, tenant: i64, product: &str, from: Micros) -> Outcome<Report> {
        let mut report = Report::default();
        let product = product.to_owned();
        let (scopes, gone) = self.scopes(tenant, vec![Target { product, from }])?;
        gone.iter().for_each(|product| report.list_gone(product));
        for scope in scopes {
            self.rerate_all(tenant, &scope, false, &mut report)?;
        }
        (self.wake)();
        Ok(report)
    }

    /// Of products that share something one each, from the earliest instant of all of them; and those that
    /// are not stored any more.
    fn scopes(&self, tenant: i64, targets: Vec<Target>) -> Outcome<(Vec<Target>, Vec<String>)> {
        let mut scopes: BTreeMap<u64, Target> = BTreeMap::new();
        let mut gone = Vec::new();
        for targets in targets.chunks(AT_ONCE) {
            let ids: Vec<String> = targets.iter().map(|own| own.product.clone()).collect();
            let payers = self
                .store
                .read_blocking(|session| Ok(self.payers.of(session, &self.book, tenant, &ids)))??;
            for target in targets {
                let Some(payer) = payers.get(&target.product) else {
                    gone.push(target.product.clone());
                    continue;
                };
                let scope = scopes.entry(payer.root).or_insert_with(|| target.clone());
                scope.from = scope.from.min(target.from);
            }
        }
        Ok((scopes.into_values().collect(), gone))
    }

    fn by_path(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        path: &str,
        id: &str,
        limit: i64,
    ) -> DbResult<Vec<String>> {
        let Some(attribute) = self.store.attributes().number(PRODUCT, path) else {
            return Ok(Vec::new());
        };
        let heads = session.heads_by_index(tenant, &[attribute], id, i64::MIN, limit)?;
        Ok(heads.into_iter().map(|head| head.id).collect())
    }

    /// Rates the usage of a product, and of all that share something with it, again.
    fn rerate_all(
        &self,
        tenant: i64,
        target: &Target,
        dry_run: bool,
        report: &mut Report,
    ) -> Outcome<()> {
        for attempt in 0..TRIES {
            let payers = self.sharing(tenant, &target.product)?;
            let root = payers.first().map_or(0, |payer| payer.root);
            let turns = self.turns_of(root);
            // Who is quiet is rated beside the thread. Where usage comes all the time, the thread waits.
            let mut turn = (attempt > 0).then(|| turns.wait());
            let mut attempt = Report::default();
            match self.attempt(&payers, target.from, dry_run, &mut attempt) {
                Ok(()) => {
                    if let Some(turn) = &mut turn {
                        turn.wrote(payers.iter());
                    }
                    report.add(attempt);
                    return Ok(());
                }
                Err(problem) if DbError::is_outdated(&problem) => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(Problem::busy(1))
    }

    /// The payers that share an account or a group with a product, that one first.
    fn sharing(&self, tenant: i64, product: &str) -> Outcome<Vec<Arc<Payer>>> {
        let read = self.store.read_blocking(|session| {
            let own = self
                .payers
                .of(session, &self.book, tenant, &[product.to_owned()]);
            let own = match own {
                Ok(own) => own,
                Err(problem) => return Ok(Err(problem)),
            };
            let Some(own) = own.get(product).cloned() else {
                return Ok(Ok(Vec::new()));
            };
            let mut ids = HashSet::from([product.to_owned()]);
            if let Some(account) = own.owners.account.strip_prefix("a:") {
                let path = "billingAccount.id";
                ids.extend(self.by_path(session, tenant, path, account, SHARING_MAX)?);
            }
            if own.owners.group.starts_with("g:") {
                let states =
                    session.charging_states(tenant, std::slice::from_ref(&own.owners.group))?;
                for (_, _, state) in states {
                    let owner = Owner::read(&state).unwrap_or_default();
                    ids.extend(owner.members.iter().map(ToString::to_string));
                }
            }
            let ids: Vec<String> = ids.into_iter().collect();
            let all = match self.payers.of(session, &self.book, tenant, &ids) {
                Ok(all) => all,
                Err(problem) => return Ok(Err(problem)),
            };
            let mut all: Vec<Arc<Payer>> = all.into_values().collect();
            all.sort_by_key(|payer| (payer.id != product, payer.id.clone()));
            Ok(Ok(all))
        });
        read?
    }

    fn attempt(
        &self,
        payers: &[Arc<Payer>],
        from: Micros,
        dry_run: bool,
        report: &mut Report,
    ) -> Outcome<()> {
        let mut rater = self.rater();
        let mut tasks = self.store.read_blocking(|session| {
            if let Err(problem) = rater.world.load(session, payers.iter()) {
                return Ok(Err(problem));
            }
            let (since, tasks, left) = self.all_together(session, &rater, payers, from)?;
            rater.world.rewind(payers, since, &left);
            Ok(Ok(tasks))
        })??;
        self.store
            .read_blocking(|session| Ok(guide(session, &self.book, &self.payers, &mut tasks)))??;
        let now = self.core.clock.now();
        let mut written: Vec<(Task, Charged)> = Vec::new();
        // Also of usage that stays as it is.
        let mut raised = Vec::new();
        for mut task in tasks {
            let before = task.content.doc().into_owned();
            let mut own = rater.charge(&mut task, now);
            let alerts = std::mem::take(&mut own.alerts);
            if !alerts.is_empty() {
                raised.push((own.row.clone(), alerts));
            }
            report.rated += 1;
            if let Some(reason) = &own.reason {
                report.failed += 1;
                report.list(&task, &before, None, Some(reason.message.as_str()));
                continue;
            }
            let is_same = same_price(&before, &task.content.doc());
            if is_same && same_trace(&task, &own) {
                continue;
            }
            if !is_same {
                report.changed += 1;
                report.list(&task, &before, Some(&task.content.doc()), None);
            }
            if UsageStatus::of(&before) == Some(UsageStatus::Billed) {
                report.billed += u64::from(!is_same);
                continue;
            }
            written.push((task, own));
        }
        if report.failed > 0 {
            // What it took and moved could not be booked again, so all stays as it was.
            report.leave_alone();
            return Ok(());
        }
        if dry_run {
            return Ok(());
        }
        let states = rater.world.writes();
        let (tasks, charged): (Vec<Task>, Vec<Charged>) = written.into_iter().unzip();
        let tasks: Vec<&Task> = tasks.iter().collect();
        let mut unit = Batch::new(&tasks, charged, states, &HashSet::new(), 0, now);
        for (row, alerts) in raised {
            unit.add_alerts(&row, alerts);
        }
        unit.commit(&self.core, &self.store).map(drop)
    }

    /// All usage that hangs together with what is asked about: from when on, which, and what it has left
    /// behind. Sessions that began earlier pull the beginning back.
    fn all_together(
        &self,
        session: &mut dyn Session,
        rater: &Rater,
        payers: &[Arc<Payer>],
        from: Micros,
    ) -> DbResult<(Micros, Vec<Task>, Left)> {
        let mut since = rater.world.since(payers, from);
        for _ in 0..STEPS_BACK {
            let tasks = self.tasks(session, payers, since)?;
            let mut left = Left::of(payers);
            for task in &tasks {
                if let Some(row) = &task.stored
                    && let Some(text) = session.usage_trace(row)?
                {
                    left.add(task, &text);
                }
            }
            match left.began.filter(|began| *began < since) {
                Some(earlier) => since = rater.world.since(payers, earlier),
                None => return Ok((since, tasks, left)),
            }
        }
        let message = "The sessions before hang together without end; choose an earlier `from`.";
        Err(DbError::OutOfRange(message.to_owned()))
    }

    /// Usage that has a price, in the order in which it happened.
    fn tasks(
        &self,
        session: &mut dyn Session,
        payers: &[Arc<Payer>],
        since: Micros,
    ) -> DbResult<Vec<Task>> {
        let mut rows: Vec<UsageRow> = Vec::new();
        for payer in payers {
            let found = session.usage_of_product(payer.tenant, payer.key, since.0, i64::MAX)?;
            rows.extend(found);
            if rows.len() > ROWS_MAX {
                return Err(DbError::OutOfRange(format!(
                    "More than {ROWS_MAX} usages hang together; choose a later `from`."
                )));
            }
        }
        rows.retain(|row| {
            let status = UsageStatus::numbered(row.state);
            status.is_some_and(UsageStatus::is_charged)
        });
        rows.sort_by_key(|row| (row.start_at, row.seq));
        let documents = session.usage_documents(rows.clone())?;
        let both = rows.into_iter().zip(documents);
        both.map(|(row, document)| {
            let doc = serde_json::from_str(&document.doc)
                .map_err(|error| DbError::Fault(format!("a stored usage: {error}")))?;
            Ok(Task::stored(row, doc))
        })
        .collect()
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
