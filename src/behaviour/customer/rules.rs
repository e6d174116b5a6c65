//! The rules of customers: those of every kind, and the flow of the status.

use serde_json::Value;

use super::blocker::StatusChange;
use super::{Blocker, Known, Step, blockers, follower};
use crate::behaviour::lifecycle::States;
use crate::behaviour::rules::KindRules;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Behaviour, Change, Decoration, Rewritten};
use crate::store::ResourceRow;

/// The rules of the kind `customer`.
pub struct CustomerRules {
    general: KindRules,
    known: Known,
    states: States,
    blockers: Vec<Box<dyn Blocker>>,
}

impl CustomerRules {
    /// Adds the flow to the rules that every kind has.
    pub fn new(general: KindRules, known: Known) -> Self {
        CustomerRules {
            states: States::of(super::KIND, &known.machines),
            blockers: blockers(),
            general,
            known,
        }
    }

    fn step<'d>(
        &self,
        change: &Change<'_, '_>,
        old: &'d Value,
        doc: &'d Value,
    ) -> Option<(Step, &'d str, &'d str)> {
        let attribute = change.resource.state?;
        let from = old.get(attribute)?.as_str()?;
        let to = doc.get(attribute)?.as_str()?;
        Some((Step::of(&self.states, from, to)?, from, to))
    }

    fn refuse_blocked(&self, change: &mut Change<'_, '_>, old: &Value, doc: &Value) -> Outcome<()> {
        let Some((step, from, to)) = self.step(change, old, doc) else {
            return Ok(());
        };
        follower::lock(change.tx, change.caller.tenant, change.id)?;
        let status = StatusChange {
            known: &self.known,
            customer: change.id,
            doc,
            step,
            from,
            to,
        };
        let mut reasons = Vec::new();
        for blocker in &self.blockers {
            reasons.extend(blocker.reasons(change, &status)?);
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let told: Vec<&str> = reasons.iter().map(|r| r.message.as_str()).collect();
        let message = format!(
            "The customer '{}' cannot change from '{}' to '{}': {}.",
            change.id,
            status.from,
            status.to,
            told.join("; ")
        );
        Err(Problem {
            message,
            ..Problem::many(Code::Conflict, reasons)
        })
    }
}

impl Behaviour for CustomerRules {
    fn validates(&self, doc: &Value, pointer: &str) -> bool {
        self.general.validates(doc, pointer)
    }

    fn before_create(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        self.general.before_create(change, doc)
    }

    fn before_patch(
        &self,
        change: &mut Change<'_, '_>,
        old: &Value,
        doc: &mut Value,
    ) -> Outcome<()> {
        self.general.before_patch(change, old, doc)?;
        self.refuse_blocked(change, old, doc)
    }

    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        self.general.before_delete(change, row)
    }

    fn after_create(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        self.general.after_create(change, row)
    }

    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        self.general.after_patch(change, written)?;
        if let Some((_, from, to)) = self.step(change, written.before, written.doc) {
            follower::enqueue(change, from, to);
        }
        Ok(())
    }

    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        self.general.after_delete(change, row)
    }

    fn decoration(&self) -> Option<&dyn Decoration> {
        self.general.decoration()
    }

    fn is_active(&self, state: Option<&str>) -> bool {
        self.general.is_active(state)
    }
}
