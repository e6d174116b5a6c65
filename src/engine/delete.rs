//! Deleting resources.

use std::sync::Arc;

use super::behaviour::{Caller, Change};
use super::create::key;
use super::patch::{check_match, not_found};
use super::{Address, Core, Engine, row, versions};
use crate::domain::clock::Micros;
use crate::domain::descriptor::{Change as EventChange, Resource};
use crate::domain::problem::Outcome;
use crate::store::{ResourceRow, Tx};

impl Engine {
    /// Deletes a resource: the version that is named, or else all versions of the id.
    ///
    /// # Errors
    /// `NotFound`, `PreconditionFailed`, and what the kind's rules refuse.
    pub async fn delete(
        &self,
        resource: &'static Resource,
        address: Address,
        if_match: Vec<String>,
        caller: Caller,
    ) -> Outcome<()> {
        let core = Arc::clone(&self.core);
        let now = core.clock.now();
        self.store
            .write(move |tx| delete_in(&core, tx, &caller, resource, &address, &if_match, now))
            .await?;
        self.wake();
        Ok(())
    }
}

/// Deletes a resource in a transaction under way.
///
/// # Errors
/// As [`Engine::delete`].
pub fn delete_in(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    resource: &'static Resource,
    address: &Address,
    if_match: &[String],
    now: Micros,
) -> Outcome<()> {
    let canonical = core.canonical(resource)?;
    let rows = tx.versions(&key(caller, canonical, &address.id))?;
    let named = address
        .clone()
        .pick(rows.clone())
        .ok_or_else(|| not_found(resource, address))?;
    check_match(if_match, &named)?;
    let some_stay = address.version.is_some() && rows.len() > 1;
    let going: Vec<ResourceRow> = if address.version.is_some() {
        vec![named]
    } else {
        rows
    };
    let mut change = Change {
        core,
        tx,
        caller,
        now,
        resource: canonical,
        id: &address.id,
    };
    let behaviour = core.behaviour(canonical.kind);
    if !some_stay {
        // What refers to an id means any of its versions, so only the last one is guarded.
        for row in &going {
            behaviour.before_delete(&mut change, row)?;
        }
    }
    for row in going {
        let doc = row::parse(&row.doc)?;
        let keys = row::keys(canonical, change.tx.attributes(), &doc);
        change
            .tx
            .announce(&row, &caller.principal, EventChange::Delete, None, now.0);
        change.tx.delete(row.clone(), keys, now.0)?;
        behaviour.after_delete(&mut change, &row)?;
    }
    if some_stay {
        versions::settle(&mut change)?;
    }
    Ok(())
}
