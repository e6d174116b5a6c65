//! The work of a change.

use serde_json::Value;

use super::draft::{Draft, characteristic, link};
use super::{Subject, Work, recorded};
use crate::ordering::catalog::is_same;
use crate::ordering::inventory::Realizing;
use crate::ordering::order::{Action, Characteristic};
use crate::ordering::plan::explode::{Exploded, Want, WishValue};
use crate::ordering::plan::{NodeKind, Setting, Source};
use crate::ordering::rule::Reaction;

/// A piece of work that the changed product takes, and what there is of it.
struct Candidate<'a> {
    want: Want<'a>,
    /// Among what the product as it is takes.
    present: Option<usize>,
    service: Option<&'a Realizing>,
    decision: Decision,
}

/// What is done about it.
enum Decision {
    Nothing,
    Add,
    Modify(Difference),
    Replace,
    Delete,
}

/// What changes, and from what.
#[derive(Default)]
struct Difference {
    settings: Vec<Setting>,
    previous: Vec<Characteristic>,
}

impl Decision {
    /// Whether there are new results.
    fn is_fresh(&self) -> bool {
        matches!(self, Decision::Add | Decision::Replace)
    }
}

pub fn change<'a>(
    subject: Subject<'a>,
    mut present: Exploded<'a>,
    wanted: Exploded<'a>,
) -> Work<'a> {
    let mut taken = Vec::new();
    let mut candidates: Vec<Candidate<'a>> = wanted
        .wants
        .into_iter()
        .map(|want| Candidate {
            present: present.wants.iter().position(|own| own.key == want.key),
            service: service_of(subject, &want, &mut taken),
            decision: Decision::Nothing,
            want,
        })
        .collect();
    decide_all(subject, &present.wants, &mut candidates);

    let kept: Vec<usize> = candidates.iter().filter_map(|c| c.present).collect();
    let mut drafts: Vec<Draft<'a>> = Vec::new();
    for candidate in candidates {
        let old = candidate.present.and_then(|index| present.wants.get(index));
        let old = old.map_or_else(Vec::new, |old| values(subject, old));
        draft(subject, candidate, old, &mut drafts);
    }
    let mut index = 0;
    present.wants.retain(|_| {
        index += 1;
        !kept.contains(&(index - 1))
    });
    for want in present.wants {
        drafts.extend(super::end::ended(subject, want, &mut taken));
    }
    link(subject, &mut drafts);
    Work {
        drafts,
        inventory: wanted.inventory,
        billing: wanted.billing,
        requirements: wanted.requirements,
    }
}

pub(super) fn service_of<'a>(
    subject: Subject<'a>,
    want: &Want<'_>,
    taken: &mut Vec<&'a str>,
) -> Option<&'a Realizing> {
    if !matches!(want.kind, NodeKind::ServiceOrder | NodeKind::ResourceOrder) {
        return None;
    }
    recorded(subject.services(), &want.key, want.specification, taken)
}

/// A new result changes who uses it, which may have new results itself: decided again until
/// nothing new comes. Each round adds one at least, so there are no more rounds than candidates.
fn decide_all(subject: Subject<'_>, present: &[Want<'_>], candidates: &mut [Candidate<'_>]) {
    let mut fresh: Vec<String> = Vec::new();
    loop {
        for candidate in candidates.iter_mut() {
            let old = candidate.present.and_then(|index| present.get(index));
            candidate.decision = decide(subject, candidate, old, &fresh);
        }
        let names: Vec<String> = candidates
            .iter()
            .filter(|candidate| candidate.decision.is_fresh())
            .flat_map(|candidate| candidate.want.names.iter().map(|&name| name.to_owned()))
            .collect();
        if names.len() <= fresh.len() {
            return;
        }
        fresh = names;
    }
}

fn decide(
    subject: Subject<'_>,
    candidate: &Candidate<'_>,
    old: Option<&Want<'_>>,
    fresh: &[String],
) -> Decision {
    let want = &candidate.want;
    let output = want.origin.map(|origin| origin.output);
    let is_recorded = want.kind == NodeKind::ServiceOrder && !subject.services().is_empty();
    let is_there = match is_recorded {
        true => candidate.service.is_some(),
        false => old.is_some(),
    };
    let difference = difference(subject, candidate, old, fresh);
    let add = match output.map(|output| output.on_add) {
        Some(Reaction::Ignore) => Decision::Nothing,
        _ => Decision::Add,
    };
    if !is_there {
        // By the rules it should be there, but nobody recorded it: left alone unless it changes.
        let is_as_it_was = old.is_some() && difference.settings.is_empty();
        return if is_as_it_was { Decision::Nothing } else { add };
    }
    let is_another = old.is_some_and(|old| old.specification != want.specification);
    let is_changed = is_another || !difference.settings.is_empty();
    match output.map_or(Reaction::Modify, |output| output.on_modify) {
        Reaction::Ignore => Decision::Nothing,
        Reaction::Add => Decision::Add,
        Reaction::Delete => Decision::Delete,
        _ if !is_changed => Decision::Nothing,
        Reaction::Replace => Decision::Replace,
        Reaction::Modify if is_another => Decision::Replace,
        Reaction::Modify => Decision::Modify(difference),
    }
}

fn difference(
    subject: Subject<'_>,
    candidate: &Candidate<'_>,
    old: Option<&Want<'_>>,
    fresh: &[String],
) -> Difference {
    let mut found = Difference::default();
    let recorded = candidate.service.map_or(&[][..], |s| &s.characteristics);
    let before = |name: &str| {
        let recorded = recorded.iter().find(|c| c.name == name).map(|c| &c.value);
        recorded.or_else(|| value_in(subject, old?, name))
    };
    for wish in &candidate.want.settings {
        let source = match &wish.value {
            WishValue::Result { node, name } if fresh.iter().any(|own| own == node) => {
                Some(Source::Result {
                    node: (*node).to_owned(),
                    name: (*name).to_owned(),
                })
            }
            WishValue::Result { name, .. } => subject.value(name).cloned().map(Source::Value),
            WishValue::Known(value) => Some(Source::Value(value.clone())),
        };
        let Some(source) = source else {
            continue;
        };
        let previous = before(wish.name);
        let is_same = match (&source, previous) {
            (Source::Value(value), Some(previous)) => is_same(value, previous),
            _ => false,
        };
        if is_same {
            continue;
        }
        let value = previous.unwrap_or(&Value::Null);
        found.previous.push(characteristic(wish.name, value));
        found.settings.push(Setting {
            name: wish.name.to_owned(),
            source,
        });
    }
    for wish in old.map_or(&[][..], |old| &old.settings) {
        let is_kept = candidate
            .want
            .settings
            .iter()
            .any(|own| own.name == wish.name);
        let previous = before(wish.name).filter(|value| !value.is_null());
        if let (false, Some(previous)) = (is_kept, previous) {
            found.previous.push(characteristic(wish.name, previous));
            found.settings.push(Setting {
                name: wish.name.to_owned(),
                source: Source::Value(Value::Null),
            });
        }
    }
    found
}

fn value_in<'v>(subject: Subject<'v>, want: &'v Want<'_>, name: &str) -> Option<&'v Value> {
    let wish = want.settings.iter().find(|wish| wish.name == name)?;
    match &wish.value {
        WishValue::Known(value) => Some(value),
        WishValue::Result { name, .. } => subject.value(name),
    }
}

/// What a piece of work was given, as far as the product knows it.
pub(super) fn values(subject: Subject<'_>, want: &Want<'_>) -> Vec<Characteristic> {
    let known = |name: &str| value_in(subject, want, name).map(|v| characteristic(name, v));
    let settings = want.settings.iter();
    settings.filter_map(|wish| known(wish.name)).collect()
}

fn draft<'a>(
    subject: Subject<'a>,
    candidate: Candidate<'a>,
    old: Vec<Characteristic>,
    drafts: &mut Vec<Draft<'a>>,
) {
    let Candidate {
        want,
        service,
        decision,
        ..
    } = candidate;
    let previous = match service {
        Some(service) if !service.characteristics.is_empty() => service.characteristics.clone(),
        _ => old,
    };
    match decision {
        Decision::Nothing => {}
        Decision::Add => drafts.push(Draft::added(subject, want)),
        Decision::Modify(difference) => {
            let mut draft = Draft::changed(subject, want, Action::Modify, service);
            draft.node.settings = difference.settings;
            draft.node.previous = difference.previous;
            drafts.push(draft);
        }
        Decision::Delete => {
            let mut draft = Draft::changed(subject, want, Action::Delete, service);
            draft.give_back(subject);
            draft.node.previous = previous;
            drafts.push(draft);
        }
        // The new one first, so that nothing is without it: the old one goes last.
        Decision::Replace => {
            let mut old = Draft::changed(subject, want.clone(), Action::Delete, service);
            old.node.key.push_str(".old");
            old.give_back(subject);
            old.node.previous = previous;
            old.replaced_by = Some(drafts.len());
            drafts.push(Draft::added(subject, want));
            drafts.push(old);
        }
    }
}
