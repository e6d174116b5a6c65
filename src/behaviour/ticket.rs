//! Trouble tickets (TMF621): the dates and the history of their status, and what is announced of it besides
//! the change itself.

use serde_json::{Map, Value, json};

use super::own::Own;
use crate::domain::clock::Micros;
use crate::domain::descriptor::Change as EventChange;
use crate::domain::problem::Outcome;
use crate::engine::{Change, Rewritten};

/// The kind in the store: `troubleTicket` of TMF621.
pub const KIND: &str = "troubleTicket";

const STATUS: &str = "status";
const REASON: &str = "statusChangeReason";
const CHANGED_AT: &str = "statusChangeDate";
const HISTORY: &str = "statusChangeHistory";
const RESOLVED_AT: &str = "resolutionDate";

/// Settled, until the customer says otherwise.
const RESOLVED: &str = "resolved";
/// Waits for something that the customer has to say.
const PENDING: &str = "pending";
/// Where the customer says it.
const ANSWER: &str = "/note/-";

/// The own rules of tickets.
pub struct TicketRules;

impl Own for TicketRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let Some(doc) = doc.as_object_mut() else {
            return Ok(());
        };
        match old.filter(|old| old.get(STATUS).is_some()) {
            // Tickets that come from elsewhere bring their history.
            None if doc.contains_key(HISTORY) => {}
            None => enter(None, doc, change.now),
            Some(old) if old.get(STATUS) != doc.get(STATUS) => enter(Some(old), doc, change.now),
            Some(_) => {}
        }
        Ok(())
    }

    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        if written.before.get(STATUS) == written.doc.get(STATUS) {
            return Ok(());
        }
        let (what, place) = match status(written.doc) {
            Some(RESOLVED) => (EventChange::Resolved, STATUS),
            Some(PENDING) => (EventChange::InformationRequired, ANSWER),
            _ => return Ok(()),
        };
        let (principal, place) = (&change.caller.principal, Some(place.to_owned()));
        let at = change.now.0;
        change.tx.announce(written.row, principal, what, place, at);
        Ok(())
    }
}

fn status(doc: &Value) -> Option<&str> {
    doc.get(STATUS)?.as_str()
}

/// Writes down that a ticket came into the status that it has now. `old` is what it was before.
fn enter(old: Option<&Value>, doc: &mut Map<String, Value>, now: Micros) {
    let before = |name: &str| old.and_then(|old| old.get(name));
    // The reason is that of one status: it does not go on to the next by itself.
    if old.is_some() && before(REASON) == doc.get(REASON) {
        doc.shift_remove(REASON);
    }
    let mut step = Map::new();
    step.insert("@type".to_owned(), Value::from("StatusChange"));
    for name in [STATUS, REASON] {
        if let Some(value) = doc.get(name) {
            step.insert(name.to_owned(), value.clone());
        }
    }
    let at = Value::from(now.to_rfc3339());
    step.insert(CHANGED_AT.to_owned(), at.clone());
    doc.insert(CHANGED_AT.to_owned(), at.clone());
    match doc.get_mut(HISTORY) {
        Some(Value::Array(steps)) => steps.push(Value::Object(step)),
        _ => {
            doc.insert(HISTORY.to_owned(), json!([step]));
        }
    }
    let said = before(RESOLVED_AT) != doc.get(RESOLVED_AT);
    let is = |status: &str| doc.get(STATUS).and_then(Value::as_str) == Some(status);
    let was_resolved = before(STATUS).and_then(Value::as_str) == Some(RESOLVED);
    if is(RESOLVED) && !said {
        doc.insert(RESOLVED_AT.to_owned(), at);
    } else if was_resolved && !said && !is("closed") {
        // It is taken up again.
        doc.shift_remove(RESOLVED_AT);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::enter;
    use crate::domain::clock::Micros;

    const NOW: Micros = Micros(1_900_000_000_000_000);

    /// What becomes of a ticket when it is changed.
    fn entered(old: &Value, mut doc: Value) -> Value {
        let Some(object) = doc.as_object_mut() else {
            panic!("a ticket");
        };
        enter(Some(old), object, NOW);
        doc
    }

    #[test]
    fn the_history_grows_and_a_reason_is_that_of_one_status() {
        let old = json!({
            "status": "pending", "statusChangeReason": "which bill?",
            "statusChangeHistory": [{"status": "pending"}],
        });
        let mut changed = old.clone();
        changed["status"] = json!("inProgress");
        let doc = entered(&old, changed.clone());
        assert_eq!(doc.get("statusChangeReason"), None);
        assert_eq!(doc["statusChangeHistory"].as_array().map(Vec::len), Some(2));
        assert_eq!(doc["statusChangeHistory"][1]["status"], "inProgress");
        assert_eq!(doc["statusChangeDate"], NOW.to_rfc3339());
        changed["statusChangeReason"] = json!("told us");
        let doc = entered(&old, changed);
        let last = &doc["statusChangeHistory"][1];
        assert_eq!(last["statusChangeReason"], "told us");
    }

    #[test]
    fn the_date_of_the_resolution_comes_and_goes_with_it() {
        let open = json!({"status": "inProgress"});
        let done = entered(&open, json!({"status": "resolved"}));
        assert_eq!(done["resolutionDate"], NOW.to_rfc3339());
        let said = json!({"status": "resolved", "resolutionDate": "2030-01-01T00:00:00Z"});
        let kept = entered(&open, said);
        assert_eq!(kept["resolutionDate"], "2030-01-01T00:00:00Z");
        let mut closed = done.clone();
        closed["status"] = json!("closed");
        assert!(entered(&done, closed).get("resolutionDate").is_some());
        let mut again = done.clone();
        again["status"] = json!("inProgress");
        assert_eq!(entered(&done, again).get("resolutionDate"), None);
    }
}
