//! The default account of a customer: the first of `customer.account`.
//!
//! An account names its customer among its related parties. The first billing account of a customer
//! that has none is put into the customer's list; when the first one is closed or deleted, the next
//! one that takes charges moves to its place. A closed account stays in the list, a deleted one
//! leaves it. All this is a normal change of the customer, with its revision and event, in the same
//! transaction.

use serde_json::Value;

use super::{AccountRules, BILLING, PARTIES};
use crate::behaviour::lifecycle::States;
use crate::behaviour::stored::{attributes, document};
use crate::domain::adapt::href;
use crate::domain::problem::Outcome;
use crate::engine::{Change, rewrite_in};
use crate::store::IdKey;

const CUSTOMER: &str = "customer";
const LIST: &str = "account";
/// Accounts of one customer that are looked at to find the next default.
const LOOK: i64 = 1_000;

/// The customers that hold an account.
fn holders(rules: &AccountRules, doc: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for reference in super::holders(doc) {
        let text = |name: &str| reference.get(name).and_then(Value::as_str);
        let kind = text("@referredType").and_then(|class| rules.plan.classes().kind_of(class));
        if let (Some(CUSTOMER), Some(id)) = (kind, text("id"))
            && !found.iter().any(|known| known == id)
        {
            found.push(id.to_owned());
        }
    }
    found
}

/// Puts a new account into the lists of its customers that have none that takes charges.
///
/// # Errors
/// What the rules of customers refuse.
pub fn adopt_all(rules: &AccountRules, change: &mut Change<'_, '_>, doc: &Value) -> Outcome<()> {
    for customer in holders(rules, doc) {
        adopt(rules, change, &customer, doc)?;
    }
    Ok(())
}

/// Takes an account that is deleted out of the lists of its customers.
///
/// # Errors
/// What the rules of customers refuse.
pub fn release_all(rules: &AccountRules, change: &mut Change<'_, '_>, doc: &Value) -> Outcome<()> {
    for customer in holders(rules, doc) {
        release(rules, change, &customer, false)?;
    }
    Ok(())
}

/// Follows a change: another customer, or an account that is closed.
///
/// # Errors
/// What the rules of customers refuse.
pub fn follow(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    old: &Value,
    doc: &Value,
) -> Outcome<()> {
    let (before, after) = (holders(rules, old), holders(rules, doc));
    let lived = rules.states.is_live_document(old);
    let lives = rules.states.is_live_document(doc);
    for customer in &before {
        let stays = after.contains(customer);
        if !stays || (lived && !lives) {
            release(rules, change, customer, stays)?;
        }
    }
    if !lives {
        return Ok(());
    }
    for customer in after.iter().filter(|customer| !before.contains(customer)) {
        adopt(rules, change, customer, doc)?;
    }
    Ok(())
}

fn adopt(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    customer: &str,
    doc: &Value,
) -> Outcome<()> {
    let Some(mut list) = list_of(rules, change, customer)? else {
        return Ok(());
    };
    let name = doc.get("name").and_then(Value::as_str);
    let own = reference(change.id, name);
    // A customer that comes together with its account lists it already.
    if list.first() == Some(&own) || first_live(rules, change, &list)?.is_some() {
        return Ok(());
    }
    list.retain(|item| !is_account(item, change.id));
    list.insert(0, own);
    rewrite(change, customer, list)
}

/// The account goes behind those that take charges (`stays`), or leaves the list.
fn release(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    customer: &str,
    stays: bool,
) -> Outcome<()> {
    let Some(mut list) = list_of(rules, change, customer)? else {
        return Ok(());
    };
    let Some(place) = list.iter().position(|item| is_account(item, change.id)) else {
        return Ok(());
    };
    if stays && place > 0 {
        return Ok(());
    }
    let own = list.remove(place);
    if place == 0 {
        let next = match first_live(rules, change, &list)? {
            Some(next) => Some(list.remove(next)),
            None => another(rules, change, customer)?,
        };
        match next {
            Some(next) => list.insert(0, next),
            None if stays => return Ok(()),
            None => {}
        }
    }
    if stays {
        list.push(own);
    }
    rewrite(change, customer, list)
}

/// The accounts of a customer that is there and in business.
fn list_of(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    customer: &str,
) -> Outcome<Option<Vec<Value>>> {
    let key = IdKey::new(change.caller.tenant, CUSTOMER, customer);
    let rows = change.tx.peek(&key)?;
    let Some(row) = rows.iter().find(|row| row.current) else {
        return Ok(None);
    };
    if !States::of(CUSTOMER, &rules.machines).is_live(row.state.as_deref()) {
        return Ok(None);
    }
    let list = match attributes(row, &[LIST])?.get_mut(LIST).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    Ok(Some(list))
}

/// The place of the first account that takes charges, other than the one being written. An account
/// of another system is not judged: it counts.
fn first_live(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    list: &[Value],
) -> Outcome<Option<usize>> {
    for (place, item) in list.iter().enumerate() {
        if is_account(item, change.id) {
            continue;
        }
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        let Some(id) = text("id") else { continue };
        let marked = text("href").and_then(href::read_mark);
        let kind = match (&marked, text("@referredType")) {
            (Some((kind, _)), _) => Some(*kind),
            (None, Some(class)) => rules.kind_of(class),
            (None, None) => Some(BILLING),
        };
        let Some(kind) = kind else {
            return Ok(Some(place));
        };
        let tenant = change.caller.tenant;
        let heads = change.tx.heads(tenant, kind, &[id])?;
        if heads
            .iter()
            .any(|head| rules.is_live(kind, head.state.as_deref()))
        {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// The oldest other billing account that names the customer and takes charges.
fn another(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    customer: &str,
) -> Outcome<Option<Value>> {
    let Some(number) = change.tx.attributes().number(BILLING, PARTIES) else {
        return Ok(None);
    };
    let tenant = change.caller.tenant;
    let heads = change
        .tx
        .heads_by_index(tenant, &[number], customer, LOOK)?;
    for head in heads {
        if head.id == change.id || !rules.is_live(BILLING, head.state.as_deref()) {
            continue;
        }
        let key = rules.key(change, &head.id);
        for row in change.tx.versions(&key)? {
            if holders(rules, &document(&row)?)
                .iter()
                .any(|id| id == customer)
            {
                return Ok(Some(reference(&head.id, head.label.as_deref())));
            }
        }
    }
    Ok(None)
}

fn is_account(item: &Value, id: &str) -> bool {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let kind = text("href")
        .and_then(href::read_mark)
        .map(|(kind, _)| kind == BILLING);
    let class = text("@referredType").map(|class| class == "BillingAccount");
    text("id") == Some(id) && kind.or(class).unwrap_or(true)
}

fn reference(id: &str, name: Option<&str>) -> Value {
    let mut reference = href::reference("AccountRef", BILLING, "BillingAccount", id);
    if let (Some(name), Some(object)) = (name, reference.as_object_mut()) {
        object.insert("name".to_owned(), name.into());
    }
    reference
}

/// Gives the customer its list.
fn rewrite(change: &mut Change<'_, '_>, customer: &str, list: Vec<Value>) -> Outcome<()> {
    let Some(resource) = change.core.registry.canonical(CUSTOMER) else {
        return Ok(());
    };
    let key = IdKey::new(change.caller.tenant, CUSTOMER, customer);
    let rows = change.tx.versions(&key)?;
    let Some(row) = rows.into_iter().find(|row| row.current) else {
        return Ok(());
    };
    let mut doc = document(&row)?;
    if let Some(object) = doc.as_object_mut() {
        if list.is_empty() {
            object.shift_remove(LIST);
        } else {
            object.insert(LIST.to_owned(), Value::Array(list));
        }
    }
    let (core, caller, now) = (change.core, change.caller, change.now);
    rewrite_in(core, change.tx, caller, resource, row, doc, now).map(drop)
}
