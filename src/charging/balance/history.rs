//! What was done to balances: the actions that are over, whatever their kind.

use serde_json::Value;

use crate::behaviour::document;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Derived, Source, Take, Wanted};
use crate::store::{IdKey, Plan, Position, ResourceRow};

/// The kind of past actions.
pub const KIND: &str = "balanceActionHistory";
/// Kinds of actions.
const ACTIONS: [&str; 4] = [
    "topupBalance",
    "adjustBalance",
    "transferBalance",
    "reserveBalance",
];
/// The state of an action that is not over.
const CREATED: &str = "created";
/// Actions that are read at once.
const CHUNK: u64 = 512;

/// Past actions.
pub struct History;

impl Derived for History {
    fn one(&self, source: &mut Source<'_>, id: &str) -> Outcome<Option<ResourceRow>> {
        for kind in ACTIONS {
            let rows = source
                .session
                .versions(&IdKey::new(source.tenant, kind, id))?;
            if let Some(row) = rows.into_iter().find(is_over) {
                return past(row).map(Some);
            }
        }
        Ok(None)
    }

    fn each(&self, source: &mut Source<'_>, _wanted: &[Wanted], take: Take<'_>) -> Outcome<()> {
        for kind in ACTIONS {
            let mut plan = Plan {
                limit: CHUNK,
                ..Plan::all(source.tenant, kind)
            };
            loop {
                let rows = source.session.list(&plan)?;
                let Some(last) = rows.last().map(|row| row.seq) else {
                    break;
                };
                plan.after = Some(Position {
                    value: None,
                    seq: last,
                });
                for row in rows.into_iter().filter(is_over) {
                    take(past(row)?)?;
                }
            }
        }
        Ok(())
    }
}

fn is_over(row: &ResourceRow) -> bool {
    row.state.as_deref() != Some(CREATED)
}

fn past(row: ResourceRow) -> Outcome<ResourceRow> {
    let mut doc = document(&row)?;
    let object = doc
        .as_object_mut()
        .ok_or_else(|| Problem::internal("an action that is no object"))?;
    object.insert("@type".to_owned(), Value::from("BalanceActionHistory"));
    Ok(ResourceRow {
        kind: KIND.to_owned(),
        doc: doc.to_string(),
        ..row
    })
}
