//! What an order has yet to be told, left by a rule in the transaction of a write and taken in by the
//! worker.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::stage::Stage;
use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::domain::problem::{Outcome, Problem};
use crate::ordering::plan::validate::Refusal;
use crate::ordering::run::Input;
use crate::store::{OrderInputRow, Tx};

/// A message to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Told {
    /// Someone wants it cancelled, or some of its items.
    Cancel {
        /// Id of the request (TMF622 `cancelProductOrder`).
        task: String,
        /// Ids of items; all when there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        by: String,
    },
    /// Its items were changed; these were there before.
    Amend { before: Value, by: String },
    /// Another order amends it.
    AmendBy {
        /// Id of that order.
        order: String,
        /// As it was placed.
        doc: Value,
        by: String,
    },
    /// What became of its amendment of another order.
    Amended {
        /// Id of that order.
        order: String,
        /// Why it was not followed; empty when it was.
        refused: Vec<Refusal>,
    },
    /// An order that was in its way is through.
    WayIsFree,
    /// A step of it failed on our own side and is to be taken again.
    Again {
        /// What had come for that step from other systems.
        inputs: Vec<Input>,
        /// How often it has failed so far.
        tries: u32,
        /// Id of the fallout that says so.
        fallout: String,
    },
}

impl Told {
    /// Leaves the message for an order, which is told at that time.
    ///
    /// # Errors
    /// A fault of ours when it cannot be written as JSON.
    pub fn leave(&self, tx: &mut Tx<'_>, tenant: i64, order: &str, at: Micros) -> Outcome<()> {
        tx.tell_order(OrderInputRow {
            tenant,
            order_id: order.to_owned(),
            id: ids::new_id(),
            at: at.0,
            input: serde_json::to_string(self).map_err(Problem::internal)?,
        });
        Ok(())
    }

    /// Reads what was left.
    ///
    /// # Errors
    /// A fault of ours when it does not parse.
    pub fn read(row: &OrderInputRow) -> Outcome<Self> {
        serde_json::from_str(&row.input).map_err(Problem::internal)
    }
}

/// Which of the amendments by other orders an order is told of, as its place. They come one after the
/// other; not before the order has been planned, nor together with a change of its own items.
pub fn next_amendment(stage: Stage, told: &[Told]) -> Option<usize> {
    let is_patched = told.iter().any(|told| matches!(told, Told::Amend { .. }));
    if stage == Stage::Placed || is_patched {
        return None;
    }
    told.iter()
        .position(|told| matches!(told, Told::AmendBy { .. }))
}
