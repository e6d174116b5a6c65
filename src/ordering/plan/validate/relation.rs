//! What offerings and specifications require of and exclude from each other, within the order and
//! with what the customer has.

use std::collections::HashMap;

use super::{Check, Placing, code};
use crate::ordering::catalog::{Offering, ProductSpecification, Relation, RelationKind};
use crate::ordering::order::Action;

const AT: &str = "/productOffering";

/// What is there when the order is done, by id.
#[derive(Default)]
struct Present<'a> {
    offerings: HashMap<&'a str, u32>,
    specifications: HashMap<&'a str, u32>,
}

impl<'a> Present<'a> {
    fn add(&mut self, offering: Option<&'a str>, specification: Option<&'a str>) {
        if let Some(id) = offering {
            *self.offerings.entry(id).or_default() += 1;
        }
        if let Some(id) = specification {
            *self.specifications.entry(id).or_default() += 1;
        }
    }
}

/// Checks everything that is new against all that will be there, and what goes against what stays.
pub(super) fn check(check: &mut Check<'_>) {
    let at = check.at;
    // Offering and specification of everything that stays without the order touching it.
    let kept: Vec<_> = {
        let products = check.inventory.products.values();
        let kept = products.filter(|product| product.is_live());
        let kept = kept.filter(|product| !check.products.contains_key(product.id.as_str()));
        kept.map(|product| {
            let offering_id = product.offering.as_deref();
            let offering = offering_id.and_then(|id| check.catalog.offerings.get(id));
            let own = offering
                .and_then(|offering| offering.specification.as_ref())
                .map(|specification| specification.id.as_str());
            (offering_id, product.specification.as_deref().or(own))
        })
        .collect()
    };
    let mut present = Present::default();
    for placing in check.placings.iter().filter(|placing| placing.remains()) {
        present.add(placing.offering_id, placing.specification_id);
    }
    for (offering, specification) in &kept {
        present.add(*offering, *specification);
    }
    let mut wrong: Vec<(usize, &'static str, String)> = Vec::new();
    for (index, placing) in check.placings.iter().enumerate() {
        if placing.is_new() {
            for (relation, same, number) in relations(placing, at, &present) {
                judge(index, placing, relation, same, number, &mut wrong);
            }
        }
    }
    let stays = check
        .placings
        .iter()
        .filter(|placing| placing.remains() && !placing.is_new())
        .map(|placing| (placing.offering, placing.specification));
    let kept = kept.iter().map(|(offering, specification)| {
        let offering = offering.and_then(|id| check.catalog.offerings.get(id));
        let specification = specification.and_then(|id| check.catalog.specifications.get(id));
        (
            offering.map(|offering| &**offering),
            specification.map(|specification| &**specification),
        )
    });
    for (offering, specification) in stays.chain(kept) {
        against_the_old(check, offering, specification, &present, &mut wrong);
    }
    for (index, code, message) in wrong {
        check.refuse(index, AT, code, message);
    }
}

/// The relations of an item, each with whether it is about its own kind and how many of the other
/// kind there are.
fn relations<'a>(
    placing: &Placing<'a>,
    at: crate::domain::clock::Micros,
    present: &'a Present<'_>,
) -> impl Iterator<Item = (&'a Relation, bool, u32)> {
    let number = |counts: &HashMap<&str, u32>, id: &str| counts.get(id).copied().unwrap_or(0);
    let offering = placing.offering;
    let specification = placing.specification;
    let of_offering = offering.into_iter().flat_map(move |offering| {
        offering.relations.iter().map(move |relation| {
            let count = number(&present.offerings, &relation.to.id);
            (relation, relation.to.id == offering.id, count)
        })
    });
    let of_specification = specification.into_iter().flat_map(move |specification| {
        specification.relations.iter().map(move |relation| {
            let count = number(&present.specifications, &relation.to.id);
            (relation, relation.to.id == specification.id, count)
        })
    });
    of_offering
        .chain(of_specification)
        .filter(move |(relation, _, _)| relation.valid.contains(at))
}

fn judge(
    index: usize,
    placing: &Placing<'_>,
    relation: &Relation,
    same: bool,
    number: u32,
    wrong: &mut Vec<(usize, &'static str, String)>,
) {
    let (own, other) = (placing.shown(), relation.to.shown());
    match relation.kind {
        RelationKind::Requires if number == 0 => {
            let message = format!("'{own}' requires '{other}', in the order or installed");
            wrong.push((index, code::REQUIRES, message));
        }
        RelationKind::Excludes if number > u32::from(same) => {
            let message = format!("'{own}' cannot be had together with '{other}'");
            wrong.push((index, code::EXCLUDES, message));
        }
        _ => {}
    }
}

/// What stays may exclude what is new, or require what goes.
fn against_the_old(
    check: &Check<'_>,
    offering: Option<&Offering>,
    specification: Option<&ProductSpecification>,
    present: &Present<'_>,
    wrong: &mut Vec<(usize, &'static str, String)>,
) {
    let offerings = offering.map_or(&[][..], |offering| &offering.relations);
    let specifications = specification.map_or(&[][..], |own| &own.relations);
    let name = offering
        .map(Offering::shown)
        .or(specification.map(ProductSpecification::shown))
        .unwrap_or_default();
    let all = offerings.iter().map(|relation| (relation, true));
    let all = all.chain(specifications.iter().map(|relation| (relation, false)));
    for (relation, by_offering) in all {
        if !relation.valid.contains(check.at) {
            continue;
        }
        let id = relation.to.id.as_str();
        match relation.kind {
            RelationKind::Excludes => {
                let is_it =
                    |placing: &Placing<'_>| placing.is_new() && is(placing, id, by_offering);
                if let Some(index) = check.placings.iter().position(is_it) {
                    let other = relation.to.shown();
                    let message = format!("'{name}' cannot be had together with '{other}'");
                    wrong.push((index, code::EXCLUDES, message));
                }
            }
            RelationKind::Requires => {
                let counts = match by_offering {
                    true => &present.offerings,
                    false => &present.specifications,
                };
                if counts.contains_key(id) {
                    continue;
                }
                let goes = |placing: &Placing<'_>| was(check, placing, id, by_offering);
                if let Some(index) = check.placings.iter().position(goes) {
                    let other = relation.to.shown();
                    let message = format!("'{name}', which stays, requires '{other}'");
                    wrong.push((index, code::STILL_REQUIRED, message));
                }
            }
            RelationKind::MigratesTo | RelationKind::Other => {}
        }
    }
}

fn is(placing: &Placing<'_>, id: &str, by_offering: bool) -> bool {
    match by_offering {
        true => placing.offering_id == Some(id),
        false => placing.specification_id == Some(id),
    }
}

/// True for an item that ends, or turns into something else, what has that id.
fn was(check: &Check<'_>, placing: &Placing<'_>, id: &str, by_offering: bool) -> bool {
    if placing.action == Action::Delete {
        return is(placing, id, by_offering);
    }
    let Some(installed) = placing.installed.filter(|_| placing.migrates) else {
        return false;
    };
    if by_offering {
        return installed.offering.as_deref() == Some(id);
    }
    let old = installed.offering.as_deref();
    let old = old.and_then(|old| check.catalog.offerings.get(old));
    let old = old.and_then(|old| old.specification.as_ref());
    let old = old.map(|specification| specification.id.as_str());
    installed.specification.as_deref().or(old) == Some(id)
}
