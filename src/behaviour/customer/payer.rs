//! A customer whose account pays for accounts of others cannot be terminated: what is charged to
//! them would have nobody to pay it.

use std::collections::BTreeSet;

use super::accounts::{self, Account};
use super::blocker::{Blocker, StatusChange};
use super::{Known, Step};
use crate::behaviour::account::relation::{AccountId, Link};
use crate::behaviour::account::{KINDS, RELATED};
use crate::behaviour::lifecycle::States;
use crate::behaviour::stored::document;
use crate::domain::problem::{Outcome, Violation};
use crate::engine::Change;
use crate::store::{Head, IdKey};

/// Reasons that one answer names.
const NAMED: usize = 20;

/// Speaks against terminating who pays for others.
pub struct PaysForOthers;

impl Blocker for PaysForOthers {
    fn reasons(
        &self,
        change: &mut Change<'_, '_>,
        status: &StatusChange<'_>,
    ) -> Outcome<Vec<Violation>> {
        if status.step != Step::Termination {
            return Ok(Vec::new());
        }
        let known = status.known;
        let tenant = change.caller.tenant;
        let own = accounts::of_customer(change.tx, known, tenant, status.customer, status.doc)?;
        let ids: BTreeSet<(&str, &str)> = own
            .iter()
            .map(|account| (account.kind, account.row.id.as_str()))
            .collect();
        let mut reasons = Vec::new();
        for account in own.iter().filter(|account| is_live(known, account)) {
            for other in paid_for(change, known, account)? {
                let is_own = ids.contains(&(other.kind.as_str(), other.id.as_str()));
                if !is_own && reasons.len() < NAMED {
                    reasons.push(status.reason(change, reason(account, &other)));
                }
            }
        }
        Ok(reasons)
    }
}

fn reason(account: &Account, other: &Head) -> String {
    let named = |kind: &str, id: &str, label: Option<&str>| match label {
        Some(label) => format!("{kind} '{id}' ({label})"),
        None => format!("{kind} '{id}'"),
    };
    format!(
        "its {} pays for or consolidates the {} of another holder",
        named(account.kind, &account.row.id, account.row.label.as_deref()),
        named(&other.kind, &other.id, other.label.as_deref()),
    )
}

fn is_live(known: &Known, account: &Account) -> bool {
    States::of(account.kind, &known.machines).is_live(account.row.state.as_deref())
}

/// Live accounts that an account pays for or consolidates, by its own word or by theirs.
fn paid_for(change: &mut Change<'_, '_>, known: &Known, account: &Account) -> Outcome<Vec<Head>> {
    let tenant = change.caller.tenant;
    let own = AccountId {
        kind: account.kind,
        id: account.row.id.clone(),
    };
    let mut found: Vec<Head> = Vec::new();
    for link in links(known, account.kind, &account.doc) {
        if !link.relation.is_upward() && link.is_live(change.now) {
            let (kind, id) = (link.other.kind, link.other.id.as_str());
            found.extend(change.tx.heads(tenant, kind, &[id])?);
        }
    }
    let numbers = change.tx.attributes().numbers(KINDS, RELATED);
    let related = change
        .tx
        .heads_by_index(tenant, &numbers, &own.id, i64::MAX)?;
    for head in related {
        if says_so(change, known, &head, &own)? {
            found.push(head);
        }
    }
    found.retain(|head| States::of(&head.kind, &known.machines).is_live(head.state.as_deref()));
    found.sort_by(|a, b| (&a.kind, &a.id).cmp(&(&b.kind, &b.id)));
    found.dedup_by(|a, b| (&a.kind, &a.id) == (&b.kind, &b.id));
    Ok(found)
}

/// Whether another account says that this one pays for it.
fn says_so(
    change: &mut Change<'_, '_>,
    known: &Known,
    head: &Head,
    own: &AccountId,
) -> Outcome<bool> {
    let Some(kind) = KINDS.into_iter().find(|kind| *kind == head.kind) else {
        return Ok(false);
    };
    let key = IdKey::new(change.caller.tenant, &head.kind, &head.id);
    let rows = change.tx.versions(&key)?;
    let Some(row) = rows.iter().find(|row| row.current) else {
        return Ok(false);
    };
    let says =
        |link: &Link| link.relation.is_upward() && link.other == *own && link.is_live(change.now);
    Ok(links(known, kind, &document(row)?).iter().any(says))
}

fn links(known: &Known, kind: &'static str, doc: &serde_json::Value) -> Vec<Link> {
    Link::all(doc, kind, |class| known.plan.classes().kind_of(class))
}
