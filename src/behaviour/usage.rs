//! What clients may do to usage. A usage belongs to its rating: the status is moved by it, not by clients,
//! who send back what was rejected, corrected or not; and what a price was worked out from stays as it was.
//!
//! The stored form has the status in the words of both versions, see [`crate::domain::usage_status`].

use std::sync::Arc;

use serde_json::Value;

use super::arrival::{Repeat, begin_when_it_started, differs, repeat_of};
use super::lifecycle::States;
use super::mark::Mark;
use super::own::Own;
use super::stored;
use crate::domain::json::pointer;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::domain::state_machine::Machines;
use crate::domain::usage_facts::UsageFacts;
use crate::domain::usage_status::{PRODUCT_USAGE_STATUS, USAGE_STATUS, UsageStatus};
use crate::engine::Change;
use crate::store::ResourceRow;

/// The kind in the store: `usage` of TMF635 v4, `productUsage` of v5.
pub const KIND: &str = "usage";

/// What a price is worked out from, and the price.
const RATED: [&str; 7] = [
    "usageDate",
    "usageType",
    "usageCharacteristic",
    "usageSpecification",
    "product",
    "usageProductPrice",
    "serviceUsage",
];
/// What the server alone writes.
const OURS: [&str; 2] = ["statusReason", "bill"];

/// The own rules of the kind `usage`.
pub struct UsageRules {
    states: States,
    mark: Mark,
}

impl UsageRules {
    pub fn new(machines: &Arc<Machines>, mark: Mark) -> Self {
        UsageRules {
            states: States::of(KIND, machines),
            mark,
        }
    }

    fn change_by_client(
        &self,
        change: &Change<'_, '_>,
        old: &Value,
        doc: &mut Value,
    ) -> Outcome<()> {
        self.take_word_of_v5(old, doc)?;
        let before = UsageStatus::of(old);
        if before.is_some_and(UsageStatus::is_settled) {
            refuse_change_of_rated(old, doc)?;
        }
        self.states.go_on(change, old, doc)?;
        let ours = OURS.into_iter();
        ours.for_each(|name| keep(name, old, doc));
        if before != UsageStatus::of(doc)
            && let Some(doc) = doc.as_object_mut()
        {
            // Whether it still holds is found when it is rated again.
            doc.shift_remove("statusReason");
        }
        Ok(())
    }

    /// A change of v5's status is one of v4's, if there is such a move. Refusals are in v5's words.
    fn take_word_of_v5(&self, old: &Value, doc: &mut Value) -> Outcome<()> {
        let word = |doc: &Value| doc.get(PRODUCT_USAGE_STATUS).cloned();
        let asked = word(doc);
        if asked == word(old) || asked.is_none() || old.get(USAGE_STATUS) != doc.get(USAGE_STATUS) {
            return Ok(());
        }
        let asked = asked.as_ref().and_then(Value::as_str).unwrap_or_default();
        let from = UsageStatus::of(old).unwrap_or(UsageStatus::Received);
        let choices: Vec<UsageStatus> = self
            .states
            .next_by_clients(from.as_str())
            .filter_map(UsageStatus::parse)
            .collect();
        let Some(to) = choices.iter().find(|status| status.in_v5() == asked) else {
            let choice = match choices.first() {
                Some(status) => format!("a client can only set '{}'", status.in_v5()),
                None => "a client changes nothing there".to_owned(),
            };
            return Err(Problem::at(
                Code::BadTransition,
                pointer::child("", PRODUCT_USAGE_STATUS),
                format!(
                    "cannot change from '{}' to '{asked}'; {choice}",
                    from.in_v5()
                ),
            ));
        };
        if let Some(doc) = doc.as_object_mut() {
            to.write(doc);
        }
        Ok(())
    }
}

impl Own for UsageRules {
    fn prepare(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        match old {
            Some(old) if !change.caller.is_server() => self.change_by_client(change, old, doc),
            Some(_) => Ok(()),
            None => {
                begin_when_it_started(doc);
                Ok(())
            }
        }
    }

    /// Now the status is sound; v5's follows it.
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let status = UsageStatus::of(doc);
        let status = status.ok_or_else(|| Problem::internal("a usage without a status"))?;
        if let Some(doc) = doc.as_object_mut() {
            status.write(doc);
        }
        if status.is_waiting() {
            self.mark.set();
        }
        old.map_or(Ok(()), |old| refuse_name_of_another(change, old, doc))
    }

    /// A record that comes again by its name.
    fn made_before(
        &self,
        change: &mut Change<'_, '_>,
        doc: &Value,
    ) -> Outcome<Option<ResourceRow>> {
        let Some(name) = UsageFacts::of(doc).identity else {
            return Ok(None);
        };
        let tenant = change.caller.tenant;
        let Some(first) = change.tx.usage_named(tenant, &name)? else {
            change.tx.name_usage(tenant, name, change.id);
            return Ok(None);
        };
        match repeat_of(&stored::document(&first)?, doc) {
            Repeat::Same => Ok(Some(first)),
            Repeat::Differs(pointer) => Err(differs(pointer, &first.id)),
        }
    }

    fn before_delete(&self, _change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        let status = row.state.as_deref().and_then(UsageStatus::parse);
        match status.filter(|status| status.is_charged()) {
            None => Ok(()),
            Some(status) => Err(Problem::new(
                Code::Conflict,
                format!(
                    "The usage is '{}'. What is charged is not deleted, it is rated again.",
                    status.as_str()
                ),
            )),
        }
    }
}

/// A correction may give a record another name, but not one that is taken.
fn refuse_name_of_another(change: &mut Change<'_, '_>, old: &Value, doc: &Value) -> Outcome<()> {
    let [before, after] = [old, doc].map(|doc| UsageFacts::of(doc).identity);
    let Some(name) = after.filter(|name| before.as_ref() != Some(name)) else {
        return Ok(());
    };
    match change.tx.usage_named(change.caller.tenant, &name)? {
        Some(other) if other.id != change.id => Err(Problem::at(
            Code::AlreadyExists,
            pointer::child("", "usageCharacteristic"),
            format!("the record '{}' has this name", other.id),
        )),
        _ => Ok(()),
    }
}

fn refuse_change_of_rated(old: &Value, doc: &Value) -> Outcome<()> {
    let changed = RATED
        .into_iter()
        .filter(|name| old.get(*name) != doc.get(*name));
    let violations: Vec<Violation> = changed
        .map(|name| Violation {
            path: pointer::child("", name),
            message: "is what the usage was rated by and cannot be changed any more".to_owned(),
        })
        .collect();
    match violations.is_empty() {
        true => Ok(()),
        false => Err(Problem::many(Code::Conflict, violations)),
    }
}

fn keep(name: &str, old: &Value, doc: &mut Value) {
    let Some(doc) = doc.as_object_mut() else {
        return;
    };
    match old.get(name) {
        Some(value) => doc.insert(name.to_owned(), value.clone()),
        None => doc.shift_remove(name),
    };
}
