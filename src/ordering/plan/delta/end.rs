//! The work of an end.

use super::change::{service_of, values};
use super::draft::{Draft, link};
use super::{Subject, Work};
use crate::ordering::order::Action;
use crate::ordering::plan::NodeKind;
use crate::ordering::plan::explode::{Exploded, Want};
use crate::ordering::rule::Reaction;

pub fn end<'a>(subject: Subject<'a>, present: Exploded<'a>) -> Work<'a> {
    let mut taken = Vec::new();
    let mut drafts = Vec::new();
    for want in present.wants {
        drafts.extend(ended(subject, want, &mut taken));
    }
    // Services that no rule knows any more end too: nothing may stay that no product owns.
    for service in subject.services() {
        if !taken.contains(&service.id.as_str()) {
            drafts.push(Draft::left_over(subject, service));
        }
    }
    link(subject, &mut drafts);
    Work {
        drafts,
        inventory: present.inventory,
        billing: present.billing,
        requirements: present.requirements,
    }
}

/// A piece of work whose result is no longer wanted.
pub fn ended<'a>(
    subject: Subject<'a>,
    want: Want<'a>,
    taken: &mut Vec<&'a str>,
) -> Option<Draft<'a>> {
    let service = service_of(subject, &want, taken);
    let reaction = want.origin.map_or(Reaction::Delete, |o| o.output.on_delete);
    match reaction {
        Reaction::Ignore => return None,
        Reaction::Delete => {}
        _ => return Some(Draft::added(subject, want)),
    }
    let is_recorded = want.kind == NodeKind::ServiceOrder && !subject.services().is_empty();
    if is_recorded && service.is_none() {
        return None;
    }
    let previous = match service {
        Some(service) if !service.characteristics.is_empty() => service.characteristics.clone(),
        _ => values(subject, &want),
    };
    let mut draft = Draft::changed(subject, want, Action::Delete, service);
    draft.give_back(subject);
    draft.node.previous = previous;
    Some(draft)
}
