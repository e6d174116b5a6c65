//! The job that rates again where usage came late: see [`super::late`].

use std::sync::Arc;

use super::late::TASK;
use super::owner::Owner;
use super::pool::Pool;
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::job::{Handler, JobOutcome, Running, Stop};

/// How often it is looked whether more came meanwhile.
const ROUNDS: usize = 8;

/// Rates again what waits for it. The note goes away in the transaction that writes the new prices, so a
/// job that runs again goes on or finds nothing to do.
pub struct CatchUp {
    pub pool: Arc<Pool>,
}

impl Handler for CatchUp {
    fn task(&self) -> &'static str {
        TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let payload = job.payload()?;
        let product = payload.get("product").and_then(|own| own.as_str());
        let product = product.ok_or_else(|| Stop::Failed("no product".to_owned()))?;
        let row = job.row().clone();
        for _ in 0..ROUNDS {
            let Some(from) = self.pool.late_from(row.tenant, &row.subject_id)? else {
                return Ok(());
            };
            let done = self.pool.rerate_late(row.tenant, product, from)?;
            tracing::info!(
                usage = done.rated,
                changed = done.changed,
                billed = done.billed,
                "usage was rated again because some came late"
            );
            if done.failed > 0 {
                let failed = done.failed;
                let why = format!(
                    "{failed} usages have no price any more, so none of what came late was put in order"
                );
                return Err(Stop::Failed(why));
            }
            job.check()?;
        }
        Err(Stop::Transient("more comes late all the time".to_owned()))
    }
}

impl Pool {
    /// When the first usage of an owner began that came late and waits.
    fn late_from(&self, tenant: i64, owner: &str) -> Outcome<Option<Micros>> {
        let owners = [owner.to_owned()];
        let states = self
            .store
            .read_blocking(|session| session.charging_states(tenant, &owners))?;
        let Some((_, _, state)) = states.first() else {
            return Ok(None);
        };
        let owner = Owner::read(state).map_err(|error| {
            Problem::internal(format!("a charging state cannot be read: {error}"))
        })?;
        Ok(owner.late.map(|late| Micros(late.from)))
    }
}
