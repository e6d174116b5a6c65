//! What customers do beside what every kind does: the flow of the status.

use serde_json::Value;

use super::blocker::StatusChange;
use super::{Blocker, Known, Step, blockers, follower};
use crate::behaviour::lifecycle::States;
use crate::behaviour::own::Own;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Change, Rewritten};

/// The own rules of the kind `customer`.
pub struct CustomerRules {
    known: Known,
    states: States,
    blockers: Vec<Box<dyn Blocker>>,
}

impl CustomerRules {
    pub fn new(known: Known) -> Self {
        CustomerRules {
            states: States::of(super::KIND, &known.machines),
            blockers: blockers(),
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

impl Own for CustomerRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        match old {
            Some(old) => self.refuse_blocked(change, old, doc),
            None => Ok(()),
        }
    }

    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        if let Some((_, from, to)) = self.step(change, written.before, written.doc) {
            follower::enqueue(change, from, to);
        }
        Ok(())
    }
}
