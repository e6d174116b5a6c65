//! Whether an offering is sold: at that time, there, to them.

use super::{Check, code};
use crate::ordering::catalog::{Offering, Reference};
use crate::ordering::order::Action;

const AT: &str = "/productOffering";

/// Checks the offering of an item, of the order or brought by a bundle.
pub(super) fn check(check: &mut Check<'_>, index: usize) {
    let Some(placing) = check.placings.get(index) else {
        return;
    };
    let (Some(id), Some(offering)) = (placing.offering_id, placing.offering) else {
        return unknown(check, index);
    };
    let specification = placing.specification_id;
    if placing.is_new() {
        is_available(check, index, id, offering);
    }
    if let (Some(specification), None) = (specification, check.specification_of(index))
        && check.needs_catalog(index)
    {
        let message = format!("the specification '{specification}' is not in the catalog");
        check.refuse(index, AT, code::UNKNOWN_SPECIFICATION, message);
    }
    is_action_allowed(check, index, offering);
}

/// An offering that is not in the catalog any more can still be ended.
fn unknown(check: &mut Check<'_>, index: usize) {
    let Some(placing) = check.placings.get(index) else {
        return;
    };
    let Some(id) = placing.offering_id else {
        return;
    };
    // A product can be changed by its specification alone.
    let is_known_otherwise = placing.specification.is_some() && !placing.is_new();
    if check.needs_catalog(index) && !is_known_otherwise {
        let message = format!("there is no product offering '{id}' in the catalog");
        check.refuse(index, AT, code::UNKNOWN_OFFERING, message);
    }
}

fn is_available(check: &mut Check<'_>, index: usize, id: &str, offering: &Offering) {
    if !offering.orderable {
        let status = offering.status.as_deref().unwrap_or("without a status");
        let message = format!("'{id}' is {status}; orders are for what is Active or Launched");
        check.refuse(index, AT, code::OFFERING_NOT_ACTIVE, message);
    }
    if !offering.valid.contains(check.at) {
        let message = format!("'{id}' is not sold at the date of the order");
        check.refuse(index, AT, code::OFFERING_NOT_VALID, message);
    }
    // What a bundle may hold and where it is sold is a matter of the bundle.
    if !is_part(check, index) {
        is_sold_so(check, index, id, offering);
    }
}

/// True for a part that the offering around it knows.
fn is_part(check: &Check<'_>, index: usize) -> bool {
    let Some(placing) = check.placings.get(index) else {
        return false;
    };
    let parent = check.parent_of(placing);
    parent.is_some_and(|parent| match parent.item {
        // The parent may come later in the order, where its offering is not resolved yet.
        Some(item) if parent.offering.is_none() => {
            let id = item.offering.as_deref();
            let offering = id.and_then(|id| check.catalog.offerings.get(id));
            offering.is_some_and(|offering| offering.is_bundle())
        }
        _ => parent.offering.is_some_and(Offering::is_bundle),
    })
}

fn is_sold_so(check: &mut Check<'_>, index: usize, id: &str, offering: &Offering) {
    if !offering.sellable {
        let message = format!("'{id}' is sold as part of a bundle only");
        check.refuse(index, AT, code::NOT_SELLABLE, message);
    }
    if !is_among(&offering.channels, &check.order.channels) {
        let message = format!("'{id}' is sold through: {}", listed(&offering.channels));
        check.refuse(index, AT, code::CHANNEL, message);
    }
    if !is_among(&offering.markets, &check.order.markets) {
        let message = format!("'{id}' is sold to: {}", listed(&offering.markets));
        check.refuse(index, AT, code::MARKET, message);
    }
}

/// True when nothing is restricted or known, or one of the known is among the allowed.
fn is_among(allowed: &[Reference], known: &[String]) -> bool {
    allowed.is_empty()
        || known.is_empty()
        || known
            .iter()
            .any(|known| allowed.iter().any(|allowed| allowed.is(known)))
}

fn listed(references: &[Reference]) -> String {
    let names: Vec<&str> = references.iter().map(Reference::shown).collect();
    names.join(", ")
}

fn is_action_allowed(check: &mut Check<'_>, index: usize, offering: &Offering) {
    let Some(placing) = check.placings.get(index) else {
        return;
    };
    let action = placing.action;
    if offering.actions.is_empty() || action == Action::NoChange {
        return;
    }
    let (at, channels) = (check.at, &check.order.channels);
    let is_allowed = offering.actions.iter().any(|allowed| {
        allowed.is_for(action)
            && allowed.valid.contains(at)
            && is_among(&allowed.channels, channels)
    });
    if !is_allowed {
        let name = offering.shown();
        let message = format!("'{}' is not allowed for '{name}'", action.name());
        check.refuse(index, "/action", code::ACTION_NOT_ALLOWED, message);
    }
}

impl Check<'_> {
    fn specification_of(&self, index: usize) -> Option<&str> {
        let specification = self.placings.get(index)?.specification?;
        Some(&specification.id)
    }

    /// True for an item that cannot be judged without the catalog: ending a product and leaving it
    /// alone can.
    fn needs_catalog(&self, index: usize) -> bool {
        self.placings
            .get(index)
            .is_some_and(|placing| matches!(placing.action, Action::Add | Action::Modify))
    }
}
