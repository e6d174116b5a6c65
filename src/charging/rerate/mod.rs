//! Rating again what is rated: after a price was wrong, a product was set up late, a record came late.
//!
//! Usage that shares allowances or tiers hangs together, so all usage of all products that share
//! something is rated again from the beginning of the period, in the order in which it happened. What it
//! had used up is given back first, by what its traces say: what was topped up, corrected, moved or
//! carried over stays so. Everything is written over the revisions that were read: where a thread rated
//! something meanwhile, all begins anew. Usage on a bill keeps its price; what it would cost now is
//! reported. Where some usage has no price any more, nothing of what hangs together with it is changed.
//! Doing it twice changes nothing the second time.
//!
//! - `asked` is which usage, `select` whose it is, `sharing` with whom they share something, `gather` reads
//!   what hangs together with it;
//! - `again` rates it, `report` says what came of it;
//! - `late` does so where usage came late: from the first of it on, and part by part, by a `run`.

mod again;
mod asked;
mod gather;
mod late;
mod report;
mod run;
mod select;
mod sharing;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

pub use asked::Asked;
pub(super) use report::Report;

use super::charge::Task;
use super::guide::guide;
use super::payer::Payer;
use super::pool::Pool;
use super::turn::{Turn, Turns};
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::DbError;
use again::Again;
use asked::Whose;
use gather::{Beginning, Item};
use select::Target;

/// Products that a question may be about.
const PRODUCTS_MAX: usize = 100_000;
/// Usage of products that share something that is rated again at once.
const ROWS_MAX: usize = 100_000;
const TRIES: usize = 5;
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
            let turns = self.turns_of(&payers);
            // Who is quiet is rated beside the threads. Where usage comes all the time, they wait.
            let turns = turns.iter().filter(|_| attempt > 0);
            let mut own: Vec<Turn<'_>> = turns.map(Turns::wait).collect();
            let mut attempt = Report::default();
            match self.attempt(&payers, target.from, dry_run, &mut attempt) {
                Ok(()) => {
                    own.iter_mut().for_each(|turn| turn.wrote(payers.iter()));
                    report.add(attempt);
                    return Ok(());
                }
                Err(problem) if DbError::is_outdated(&problem) => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(Problem::busy(1))
    }

    fn attempt(
        &self,
        payers: &[Arc<Payer>],
        from: Micros,
        dry_run: bool,
        report: &mut Report,
    ) -> Outcome<()> {
        let mut rater = self.rater();
        let items = self.store.read_blocking(|session| {
            if let Err(problem) = rater.world.load(session, payers.iter()) {
                return Ok(Err(problem));
            }
            let beginning = Beginning::Periods(&rater.world);
            let all = Self::all_together(session, payers, beginning, (from, i64::MAX))?;
            rater.world.rewind(payers, all.since, &all.left);
            Ok(Ok(all.items))
        })??;
        let tasks = self.guided(items.iter())?;
        let now = self.core.clock.now();
        let mut again = Again::rate(&mut rater, tasks.into_iter(), now);
        if again.report.failed > 0 {
            // What it took and moved could not be booked again, so all stays as it was.
            again.report.leave_alone();
            *report = again.report;
            return Ok(());
        }
        let (batch, done) = again.batch(rater.world.writes(), now);
        *report = done;
        if dry_run {
            return Ok(());
        }
        batch.commit(&self.core, &self.store).map(drop)
    }

    /// To be rated again, with who pays for it.
    fn guided<'i>(&self, items: impl Iterator<Item = &'i Item>) -> Outcome<Vec<Task>> {
        let mut tasks = items.map(Item::task).collect::<Outcome<Vec<Task>>>()?;
        self.store
            .read_blocking(|session| Ok(guide(session, &self.book, &self.payers, &mut tasks)))??;
        Ok(tasks)
    }
}
