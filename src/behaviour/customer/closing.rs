//! The accounts of a customer who is terminated are closed once nothing is owed on them. An account
//! with a balance stays open for payments and refunds; one that others hold as well stays theirs.

use std::sync::Arc;

use serde_json::{Value, json};

use super::accounts::{self, Account};
use super::follower::{Follower, Leg};
use super::{Known, Step};
use crate::behaviour::lifecycle::States;
use crate::behaviour::stored::document;
use crate::domain::problem::{Code, Outcome};
use crate::engine::{Caller, Core, rewrite_in};
use crate::job::{JobOutcome, Stop};
use crate::store::{Hold, IdKey, Tx};

/// Accounts that are looked at in one transaction.
const CHUNK: u64 = 100;

/// Closes the accounts of who is terminated. Suspending and resuming leave accounts as they are:
/// they take payments, and what is charged is for other engines to decide.
pub struct CloseAccounts;

impl Follower for CloseAccounts {
    fn name(&self) -> &'static str {
        "closeAccounts"
    }

    fn follow(&self, leg: &mut Leg<'_>) -> JobOutcome {
        if leg.step != Step::Termination {
            return Ok(());
        }
        // One that others are billed with closes after these, so as long as any closes, all are
        // looked at again.
        while close_all(leg)? > 0 {}
        Ok(())
    }
}

/// Looks at each account once; how many were closed.
fn close_all(leg: &mut Leg<'_>) -> Result<usize, Stop> {
    let mut closed = 0;
    let mut from = leg.place().as_u64().unwrap_or(0);
    loop {
        let (core, known) = (Arc::clone(&leg.core), leg.known.clone());
        let caller = leg.caller.clone();
        let to = from.saturating_add(CHUNK);
        let (now_closed, more) = leg.commit(json!(to), move |tx, row| {
            let doc = document(row)?;
            let own = accounts::of_customer(tx, &known, caller.tenant, &row.id, &doc)?;
            let place = |number| usize::try_from(number).unwrap_or(usize::MAX);
            let chunk = own.iter().take(place(to)).skip(place(from));
            let mut closed = 0;
            for account in chunk.filter(|account| account.alone) {
                closed += usize::from(close(&core, tx, &known, &caller, account)?);
            }
            Ok((closed, own.len() > place(to)))
        })?;
        closed += now_closed;
        if !more {
            leg.begin_again();
            return Ok(closed);
        }
        from = to;
    }
}

/// Closes an account on which nothing is owed; false when it stays as it is.
fn close(
    core: &Core,
    tx: &mut Tx<'_>,
    known: &Known,
    caller: &Caller,
    account: &Account,
) -> Outcome<bool> {
    let Some(resource) = core.registry.canonical(account.kind) else {
        return Ok(false);
    };
    let key = IdKey::new(caller.tenant, account.kind, &account.row.id);
    // Nothing is booked between the look at the balances and the end of the transaction.
    let rows = tx.hold(&key, Hold::Alone)?;
    let Some(row) = rows.into_iter().find(|row| row.current) else {
        return Ok(false);
    };
    let states = States::of(account.kind, &known.machines);
    let Some((attribute, closed)) = states.end_after(row.state.as_deref().unwrap_or_default())
    else {
        return Ok(false);
    };
    let balances = tx.balances(caller.tenant, account.kind, std::slice::from_ref(&key.id))?;
    if balances.iter().any(|balance| balance.amount != 0) {
        return Ok(false);
    }
    let mut doc = document(&row)?;
    if let Some(object) = doc.as_object_mut() {
        object.insert(attribute.to_owned(), Value::from(closed));
    }
    match rewrite_in(core, tx, caller, resource, row, doc, core.clock.now()) {
        Err(problem) if matches!(problem.code, Code::Internal | Code::Unavailable) => Err(problem),
        Err(problem) => {
            let (kind, id) = (account.kind, key.id.as_str());
            tracing::warn!(kind, id, problem = %problem.logged(), "an account stays open");
            Ok(false)
        }
        Ok(_) => Ok(true),
    }
}
