//! What clients may do to bills: put them on hold and release them, and send them. A bill is made by the
//! server and changed by what pays it; nobody else edits it.

use std::sync::Arc;

use serde_json::Value;

use super::bill::{HELD_STATE, ON_HOLD, STATE, VALIDATED};
use super::dispute::open_disputes;
use super::ledger::{Desk, enter};
use super::stored_money;
use crate::behaviour::billing::{Numbering, keep_documents, mail};
use crate::behaviour::own::Own;
use crate::billing::receivable::standing::Standing;
use crate::domain::json::pointer;
use crate::domain::money::Amount;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::Change;

/// What clients may change, and what the engine stamps.
const FREE: [&str; 4] = [STATE, "billCycle", "lastUpdate", HELD_STATE];

/// What changes of a bill with a number, by whatever it is changed.
const LIVE: [&str; 6] = [
    STATE,
    HELD_STATE,
    "appliedPayment",
    "remainingAmount",
    "billCycle",
    "lastUpdate",
];

/// `category` of a bill by which nothing is billed.
const TRIAL: &str = "trial";

/// The own rules of the kind `customerBill`.
pub struct BillRules {
    machines: Arc<Machines>,
    numbering: Numbering,
}

impl BillRules {
    pub fn new(machines: &Arc<Machines>, numbering: &Numbering) -> Self {
        BillRules {
            machines: Arc::clone(machines),
            numbering: numbering.clone(),
        }
    }

    /// A bill that somebody has looked at and found right has a number from now on, and is owed.
    fn number(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let tenant = change.caller.tenant;
        let number = self.numbering.take(change.tx, tenant, 1)?.pop();
        set(doc, "billNo", number.map(Value::from));
        let desk = Desk {
            core: change.core,
            machines: &self.machines,
            tenant,
            now: change.now,
        };
        *doc = enter(desk, change.tx, change.id, doc.take())?;
        keep_documents(change.tx, change.caller, &[change.id], change.now);
        Ok(())
    }
}

impl Own for BillRules {
    fn prepare(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        match old {
            Some(old) if !change.caller.is_server() => refuse_edits(old, doc),
            _ => Ok(()),
        }
    }

    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        if let Some(old) = old.filter(|old| old.get("billNo").is_some()) {
            stay(old, doc);
        }
        match old {
            Some(old) if !change.caller.is_server() => by_client(change, old, doc)?,
            _ => return Ok(()),
        }
        let state = doc.get(STATE).and_then(Value::as_str);
        if doc.get("billNo").is_some() || matches!(state, Some("new" | ON_HOLD) | None) {
            return Ok(());
        }
        if doc.get("category").and_then(Value::as_str) == Some(TRIAL) {
            let message = "a trial stays one: nothing was billed by it";
            return Err(Problem::at(
                Code::Conflict,
                pointer::child("", STATE),
                message,
            ));
        }
        self.number(change, doc)
    }
}

fn by_client(change: &mut Change<'_, '_>, old: &Value, doc: &mut Value) -> Outcome<()> {
    let state = |doc: &Value| doc.get(STATE).and_then(Value::as_str).map(str::to_owned);
    let (from, to) = (
        state(old).unwrap_or_default(),
        state(doc).unwrap_or_default(),
    );
    let held = old.get(HELD_STATE).cloned();
    set(doc, HELD_STATE, held);
    if from == to {
        return Ok(());
    }
    if to == ON_HOLD {
        set(doc, HELD_STATE, Some(Value::from(from)));
        return Ok(());
    }
    if from == ON_HOLD {
        release(change, old, &to)?;
        set(doc, HELD_STATE, None);
    }
    if to == VALIDATED {
        if from == ON_HOLD {
            let own = [(change.id, change.now)];
            mail(change.tx, change.caller, own, change.now);
        }
        return Ok(());
    }
    // Sent, or sent again: what was paid meanwhile says how far it has come.
    if let Some(standing) = standing(doc) {
        set(doc, STATE, Some(Value::from(standing.as_str())));
    }
    Ok(())
}

/// A bill goes back to where it was, and not while it is disputed.
fn release(change: &mut Change<'_, '_>, old: &Value, to: &str) -> Outcome<()> {
    if let Some(ticket) = open_disputes(change.tx, change.caller.tenant, change.id)?.first() {
        let message =
            format!("is disputed by the trouble ticket '{ticket}', which has to end first");
        return Err(Problem::at(
            Code::Conflict,
            pointer::child("", STATE),
            message,
        ));
    }
    let held = old.get(HELD_STATE).and_then(Value::as_str);
    let allowed = match held {
        // It was put on hold before there was a rule, or by an import.
        None => true,
        Some("new" | VALIDATED) => to == VALIDATED,
        Some(_) => to != VALIDATED,
    };
    if allowed {
        return Ok(());
    }
    let message = format!("goes back to where it was: '{}'", held.unwrap_or_default());
    Err(Problem::at(
        Code::BadTransition,
        pointer::child("", STATE),
        message,
    ))
}

/// What a bill with a number says of others stays, whatever became of their names.
fn stay(old: &Value, doc: &mut Value) {
    let (Some(old), Some(doc)) = (old.as_object(), doc.as_object_mut()) else {
        return;
    };
    doc.retain(|name, _| old.contains_key(name) || LIVE.contains(&name.as_str()));
    for (name, value) in old {
        if !LIVE.contains(&name.as_str()) {
            doc.insert(name.clone(), value.clone());
        }
    }
}

fn refuse_edits(old: &Value, doc: &Value) -> Outcome<()> {
    let names = |doc: &Value| -> Vec<String> {
        let members = doc.as_object().into_iter().flatten();
        members.map(|(name, _)| name.clone()).collect()
    };
    let all = names(old).into_iter().chain(names(doc));
    let mut changed =
        all.filter(|name| !FREE.contains(&name.as_str()) && old.get(name) != doc.get(name));
    match changed.next() {
        None => Ok(()),
        Some(name) => Err(Problem::at(
            Code::ReadOnly,
            pointer::child("", &name),
            "a bill is not edited; what is wrong with it is corrected by a credit note",
        )),
    }
}

fn standing(doc: &Value) -> Option<Standing> {
    let (total, _) = stored_money(doc, "taxIncludedAmount")?;
    let (remaining, _) = stored_money(doc, "remainingAmount")?;
    let size = |amount: Amount| amount.max(super::negative(amount));
    Some(Standing::of(size(total), size(remaining)))
}

fn set(doc: &mut Value, name: &str, value: Option<Value>) {
    let Some(doc) = doc.as_object_mut() else {
        return;
    };
    match value {
        Some(value) => drop(doc.insert(name.to_owned(), value)),
        None => drop(doc.shift_remove(name)),
    }
}
