//! Orders whose step failed on our own side. Such an order rests, so that it is in nobody's way; what came
//! for it is kept; a fallout says so; and it is tried again, by itself with growing delay or when
//! somebody wants it.

use std::sync::Arc;

use serde_json::json;

use super::books::Books;
use super::input::Told;
use super::{ENGINE, Fulfilment, KIND, fallout};
use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Caller;
use crate::ordering::run::{By, Input, RetryPolicy};
use crate::store::{Due, OrderLogRow, Tx};

/// Inputs that are kept for one order. Further ones are asked for again by polling.
const MOST: usize = 1000;

/// True for what other systems said. Who wants something is told that it failed.
pub fn can_be_kept(input: &Input) -> bool {
    !matches!(input, Input::Act { .. })
}

impl Fulfilment {
    /// Lets an order rest after a step that failed, and keeps what came for it.
    pub(super) async fn set_aside(
        self: &Arc<Self>,
        due: &Due,
        inputs: Vec<Input>,
        problem: &Problem,
    ) -> Outcome<()> {
        let why = format!("A step of the order failed: {}", problem.logged());
        let (shared, due, now) = (Arc::clone(self), due.clone(), self.core.clock.now());
        self.store
            .write(move |tx| set_aside(&shared, tx, &due, &inputs, &why, now))
            .await?;
        (self.wake)();
        Ok(())
    }

    /// Takes the step again that an order was set aside for.
    ///
    /// # Errors
    /// `Conflict` when it was not, else why it failed again.
    pub(super) async fn retry_step(self: &Arc<Self>, due: Due, by: By) -> Outcome<()> {
        let (tenant, order) = (due.tenant, due.order.clone());
        let left = self
            .store
            .point(move |session| session.order_inputs(tenant, &order))
            .await?;
        let is_aside = left
            .iter()
            .any(|row| matches!(Told::read(row), Ok(Told::Again { .. })));
        if !is_aside {
            let words = "No step of the order has failed. Name the node to try again.";
            return Err(Problem::new(Code::Conflict, words));
        }
        self.take_again(due, by).await
    }
}

fn set_aside(
    shared: &Fulfilment,
    tx: &mut Tx<'_>,
    due: &Due,
    inputs: &[Input],
    why: &str,
    now: Micros,
) -> Outcome<()> {
    let (mut kept, mut tries, mut id) = (Vec::new(), 1, None);
    for row in tx.order_inputs(due.tenant, &due.order)? {
        // What cannot be read may be why it failed; it stays.
        if let Ok(Told::Again {
            inputs,
            tries: before,
            fallout,
        }) = Told::read(&row)
        {
            kept.extend(inputs);
            tries = before.saturating_add(1);
            id = Some(fallout);
            tx.took_in(vec![row]);
        }
    }
    for input in inputs {
        if kept.len() < MOST && !kept.contains(input) {
            kept.push(input.clone());
        }
    }
    let is_first = id.is_none();
    let id = id.unwrap_or_else(ids::new_id);
    let caller = Caller {
        tenant: due.tenant,
        principal: ENGINE.to_owned(),
    };
    let mut books = Books::new(&shared.core, &caller, now);
    let before = books.read(tx, fallout::KIND, &id)?.cloned();
    let doc = fallout::stuck(before.as_ref(), &due.order, why, tries, now);
    books.write(tx, fallout::KIND, &id, doc)?;
    if is_first {
        let cause = fallout::INTERNAL.as_str();
        metrics::counter!("tollgate_fallouts_total", "cause" => cause).increment(1);
        let order = books.read(tx, KIND, &due.order)?;
        let state = order.and_then(|order| order.get("state")?.as_str());
        let entry = json!([{
            "at": now.to_rfc3339(), "node": null, "from": state, "to": state, "why": why, "by": null,
        }]);
        tx.log_order(OrderLogRow {
            tenant: due.tenant,
            order_id: due.order.clone(),
            id: ids::new_id(),
            at: now.0,
            entry: entry.to_string(),
        });
    }
    books.close(tx)?;
    let until = Micros(now.0.saturating_add(rest(&shared.policy.retry, tries)));
    tx.direct(|session| session.postpone_order(due.tenant, &due.order, until.0))?;
    let again = Told::Again {
        inputs: kept,
        tries,
        fallout: id,
    };
    again.leave(tx, due.tenant, &due.order, until)
}

/// Microseconds until it is tried again.
fn rest(retry: &RetryPolicy, tries: u32) -> i64 {
    let doublings = tries.saturating_sub(1).min(30);
    let millis = retry.first.saturating_mul(1 << doublings).min(retry.max);
    i64::try_from(millis.max(1).saturating_mul(1000)).unwrap_or(i64::MAX)
}
