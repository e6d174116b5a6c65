//! Accounts that are billed together: a bill that consolidates others, or that another account
//! pays.
//!
//! Both sides may say so (`parent` here, `child` there), and both are followed. Only what comes new
//! is checked, as with references: what was taken in before stays changeable.

use std::collections::BTreeSet;

use serde_json::Value;

use super::relation::{AccountId, Graph, Link};
use super::{AccountRules, CURRENCY, KINDS, RELATED};
use crate::behaviour::cycle;
use crate::behaviour::stored::document;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::engine::Change;
use crate::store::{Head, Hold, IdKey};

/// Accounts named in a refusal.
const SHOWN: usize = 5;

/// Checks the relationships that a document adds, and all of them when its currency is new.
///
/// # Errors
/// `Conflict`, for an account that is closed or in another currency, and for a circle.
pub fn check(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    old: Option<&Value>,
    doc: &Value,
) -> Outcome<()> {
    let links = live_links(rules, change, rules.kind, doc);
    let same_currency = old.is_some_and(|old| old.get(CURRENCY) == doc.get(CURRENCY));
    let before = match old {
        Some(old) if same_currency => live_links(rules, change, rules.kind, old),
        _ => Vec::new(),
    };
    let new: Vec<&Link> = links
        .iter()
        .filter(|link| !before.iter().any(|known| known.says_the_same(link)))
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    refuse_unfit(rules, change, &new, doc)?;
    for graph in [Graph::Hierarchy, Graph::Payment] {
        if new.iter().any(|link| link.relation.graph() == graph) {
            refuse_circle(rules, change, &links, &new, graph)?;
        }
    }
    Ok(())
}

fn live_links(
    rules: &AccountRules,
    change: &Change<'_, '_>,
    kind: &'static str,
    doc: &Value,
) -> Vec<Link> {
    let mut links = Link::all(doc, kind, |class| rules.kind_of(class));
    links.retain(|link| link.is_live(change.now));
    links
}

/// The other account takes charges, and its bill is in the same currency. It is held, so that it
/// stays so until the commit. One that is not there is for the rule about references.
fn refuse_unfit(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    links: &[&Link],
    doc: &Value,
) -> Outcome<()> {
    let mut violations = Vec::new();
    for link in links {
        let AccountId { kind, id } = &link.other;
        if *kind == rules.kind && id == change.id {
            continue;
        }
        let rows = change.tx.hold(&key(change, &link.other), Hold::Shared)?;
        let Some(row) = rows.first() else { continue };
        let mut refuse = |message: String| {
            violations.push(Violation {
                path: link.pointer(),
                message,
            });
        };
        if !rules.is_live(kind, row.state.as_deref()) {
            refuse(format!("{kind} '{id}' is closed"));
        } else if document(row)?.get(CURRENCY) != doc.get(CURRENCY) {
            refuse(format!("{kind} '{id}' is in another currency"));
        }
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Problem::many(Code::Conflict, violations))
    }
}

/// No account stands above itself, and none pays for itself by a detour.
fn refuse_circle(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    links: &[Link],
    new: &[&Link],
    graph: Graph,
) -> Outcome<()> {
    // Two changes at the same time could each be right and together close a circle.
    change
        .tx
        .lock(&format!("account relations {}", change.caller.tenant))?;
    let own = AccountId {
        kind: rules.kind,
        id: change.id.to_owned(),
    };
    let of_graph = |link: &&Link| link.relation.graph() == graph;
    let below: BTreeSet<String> = links
        .iter()
        .filter(of_graph)
        .filter(|link| !link.relation.is_upward())
        .map(|link| link.other.word())
        .collect();
    let next = |word: &str| above(rules, change, word, &own, links, graph);
    let way = cycle::way_back(&own.word(), next, |word| below.contains(word))?;
    let Some(way) = way else { return Ok(()) };
    let what = match graph {
        Graph::Hierarchy => "accounts would stand in a circle",
        Graph::Payment => "accounts would pay for each other in a circle",
    };
    let pointer = new.iter().copied().find(of_graph).map(Link::pointer);
    let message = format!("{what}: {}", cycle::shown(&way));
    Err(Problem::at(
        Code::Conflict,
        pointer.unwrap_or_default(),
        message,
    ))
}

/// Accounts directly above one, by its own word and by that of those that name it as below them. Of
/// the account being written, `links` are what counts.
fn above(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    word: &str,
    own: &AccountId,
    links: &[Link],
    graph: Graph,
) -> Outcome<Vec<String>> {
    let Some(account) = read_word(word) else {
        return Ok(Vec::new());
    };
    let upward = |link: &Link| link.relation.graph() == graph && link.relation.is_upward();
    let mut found = Vec::new();
    if account == *own {
        found.extend(links.iter().filter(|l| upward(l)).map(|l| l.other.word()));
    } else {
        for row in change.tx.versions(&key(change, &account))? {
            if rules.is_live(account.kind, row.state.as_deref()) {
                let links = live_links(rules, change, account.kind, &document(&row)?);
                found.extend(links.iter().filter(|l| upward(l)).map(|l| l.other.word()));
            }
        }
    }
    for (other, link) in naming(rules, change, &account)? {
        let is_own = other == *own;
        if !is_own && link.relation.graph() == graph && !link.relation.is_upward() {
            found.push(other.word());
        }
    }
    Ok(found)
}

fn read_word(word: &str) -> Option<AccountId> {
    let (kind, id) = word.split_once(' ')?;
    let kind = KINDS.into_iter().find(|known| *known == kind)?;
    Some(AccountId {
        kind,
        id: id.to_owned(),
    })
}

fn key(change: &Change<'_, '_>, account: &AccountId) -> IdKey {
    IdKey::new(change.caller.tenant, account.kind, &account.id)
}

/// Live accounts with a live relationship to one, and what they say it is.
fn naming(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    account: &AccountId,
) -> Outcome<Vec<(AccountId, Link)>> {
    let attributes = change.tx.attributes().numbers(KINDS, RELATED);
    let tenant = change.caller.tenant;
    let heads: Vec<Head> = change
        .tx
        .heads_by_index(tenant, &attributes, &account.id, i64::MAX)?;
    let mut found = Vec::new();
    for head in heads {
        let kind = KINDS.into_iter().find(|known| *known == head.kind);
        let Some(kind) = kind.filter(|kind| rules.is_live(kind, head.state.as_deref())) else {
            continue;
        };
        let other = AccountId {
            kind,
            id: head.id.clone(),
        };
        for row in change.tx.versions(&key(change, &other))? {
            let links = live_links(rules, change, kind, &document(&row)?);
            let naming = links.into_iter().filter(|link| link.other == *account);
            found.extend(naming.map(|link| (other.clone(), link)));
        }
    }
    Ok(found)
}

/// Refuses another currency while other accounts name this one as parent, child or payer.
///
/// # Errors
/// `Conflict` with the accounts.
pub fn refuse_named(rules: &AccountRules, change: &mut Change<'_, '_>) -> Outcome<()> {
    let own = AccountId {
        kind: rules.kind,
        id: change.id.to_owned(),
    };
    let named = naming(rules, change, &own)?;
    let named: Vec<AccountId> = named.into_iter().map(|(other, _)| other).collect();
    refuse(
        &named,
        "/currency",
        "the currency stays while others are billed with the account",
    )
}

/// Refuses to close an account that others stand below or that pays for others.
///
/// # Errors
/// `Conflict` with the accounts.
pub fn refuse_dependants(
    rules: &AccountRules,
    change: &mut Change<'_, '_>,
    doc: &Value,
) -> Outcome<()> {
    let own = AccountId {
        kind: rules.kind,
        id: change.id.to_owned(),
    };
    let mut dependants: Vec<AccountId> = naming(rules, change, &own)?
        .into_iter()
        .filter(|(_, link)| link.relation.is_upward())
        .map(|(other, _)| other)
        .collect();
    for link in live_links(rules, change, rules.kind, doc) {
        if link.relation.is_upward() {
            continue;
        }
        let rows = change.tx.versions(&key(change, &link.other))?;
        let live =
            |row: &crate::store::ResourceRow| rules.is_live(link.other.kind, row.state.as_deref());
        if rows.iter().any(live) {
            dependants.push(link.other);
        }
    }
    refuse(
        &dependants,
        "/state",
        "an account is not closed while others are billed with it",
    )
}

fn refuse(accounts: &[AccountId], pointer: &str, why: &str) -> Outcome<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = accounts
        .iter()
        .take(SHOWN)
        .map(|account| format!("{} '{}'", account.kind, account.id))
        .collect();
    let message = format!("{why}: {}", shown.join(", "));
    Err(Problem::at(Code::Conflict, pointer, message))
}
