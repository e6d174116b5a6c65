//! What may refuse a change of a customer's status.

use serde_json::Value;

use super::{Known, Step};
use crate::domain::problem::{Outcome, Violation};
use crate::engine::Change;

/// A change of status that is asked for.
pub struct StatusChange<'s> {
    pub known: &'s Known,
    /// Id of the customer.
    pub customer: &'s str,
    /// The customer as it would be.
    pub doc: &'s Value,
    pub step: Step,
    pub from: &'s str,
    pub to: &'s str,
}

impl StatusChange<'_> {
    /// A reason against the change.
    pub fn reason(&self, change: &Change<'_, '_>, message: String) -> Violation {
        let attribute = change.resource.state.unwrap_or_default();
        Violation {
            path: format!("/{attribute}"),
            message,
        }
    }
}

/// Something that may speak against a change of status.
pub trait Blocker: Send + Sync {
    /// All reasons against the change; none lets it pass. Runs in the transaction of the change and
    /// does no I/O but the transaction's own.
    ///
    /// # Errors
    /// A fault of the store.
    fn reasons(
        &self,
        change: &mut Change<'_, '_>,
        status: &StatusChange<'_>,
    ) -> Outcome<Vec<Violation>>;
}
