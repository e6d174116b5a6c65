//! Bundles: how much of each part there is, what comes along unasked, and what goes with the
//! bundle.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Check, DEPTH_MAX, ITEMS_MAX, Placing, QUANTITY_MAX, code, offering};
use crate::ordering::catalog::{Bundle, Group, Offering, Part};
use crate::ordering::inventory::Installed;
use crate::ordering::order::Action;

/// Where the parts of an item are.
const PARTS: &str = "/productOrderItem";

/// Offerings and how many of them there are in one bundle.
type Counts<'a> = HashMap<&'a str, u32>;

/// Checks all bundles, and adds what they bring or take along.
pub(super) fn check(check: &mut Check<'_>) {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); check.placings.len()];
    for (index, placing) in check.placings.iter().enumerate() {
        if let Some(own) = placing.parent.and_then(|parent| children.get_mut(parent)) {
            own.push(index);
        }
    }
    // What is added is a bundle itself, perhaps.
    let mut index = 0;
    while let Some(placing) = check.placings.get(index) {
        let own = children.get(index).map_or(&[][..], Vec::as_slice);
        let (action, offering, installed) = (placing.action, placing.offering, placing.installed);
        let bundle = offering.filter(|offering| offering.is_bundle());
        match (action, bundle, installed) {
            _ if placing.quantity == 0 => {}
            (Action::Add, Some(bundle), _) => new(check, index, bundle, own),
            (Action::Delete, _, Some(installed)) => ended(check, index, installed),
            (_, Some(bundle), Some(installed)) if !own.is_empty() || placing.migrates => {
                changed(check, index, Some(index), bundle, installed);
            }
            _ => {}
        }
        index += 1;
    }
    parts_taken_out(check);
}

/// A bundle that is ordered.
fn new<'a>(check: &mut Check<'a>, index: usize, offering: &'a Offering, children: &[usize]) {
    let bundle = &offering.bundle;
    let mut counts = Counts::new();
    for child in children {
        let Some(part) = check.placings.get(*child) else {
            continue;
        };
        let Some(id) = part.offering_id.filter(|_| part.action != Action::Delete) else {
            continue;
        };
        if bundle.part(id).is_none() {
            let message = format!("'{}' is no part of '{}'", part.shown(), offering.shown());
            check.refuse(*child, "/productOffering", code::NOT_IN_BUNDLE, message);
            continue;
        }
        *counts.entry(id).or_default() += part.each;
    }
    let mut brought: Vec<(&'a Part, u32)> = Vec::new();
    bring(bundle, &mut counts, true, &mut brought);
    for (part, number) in brought {
        add(check, index, part, number);
    }
    let mut wrong = Vec::new();
    limits(bundle, &counts, None, &mut wrong);
    for (code, message) in wrong {
        let message = format!("'{}': {message}", offering.shown());
        check.refuse(index, PARTS, code, message);
    }
}

/// Finds what comes along unasked: of which nothing is said, as often as the bundle has it by
/// default. In a group that is chosen from, only what must be there comes.
fn bring<'a>(
    bundle: &'a Bundle,
    counts: &mut Counts<'a>,
    with_defaults: bool,
    out: &mut Vec<(&'a Part, u32)>,
) {
    for part in &bundle.parts {
        let number = match with_defaults {
            true => part.implied(),
            false => part.limits.lower,
        };
        let id = part.offering.id.as_str();
        if number > 0 && !counts.contains_key(id) {
            counts.insert(id, number);
            out.push((part, number));
        }
    }
    for group in &bundle.groups {
        let is_chosen = is_named(&group.choice, counts);
        bring(&group.choice, counts, with_defaults && !is_chosen, out);
    }
}

fn is_named(bundle: &Bundle, counts: &Counts<'_>) -> bool {
    let own = |part: &Part| counts.contains_key(part.offering.id.as_str());
    let below = |group: &Group| is_named(&group.choice, counts);
    bundle.parts.iter().any(own) || bundle.groups.iter().any(below)
}

/// Adds a part that comes along.
fn add<'a>(check: &mut Check<'a>, parent: usize, part: &'a Part, number: u32) {
    let Some(whole) = check.placings.get(parent) else {
        return;
    };
    let quantity = whole.quantity.checked_mul(number);
    let Some(quantity) = quantity.filter(|quantity| *quantity <= QUANTITY_MAX) else {
        let message = format!("more than {QUANTITY_MAX} of '{}'", part.offering.shown());
        return check.refuse(parent, "/quantity", code::QUANTITY, message);
    };
    let offering_id = part.offering.id.as_str();
    let offering = check.catalog.offerings.get(offering_id);
    let offering = offering.map(|offering| &**offering);
    let specification_id = offering
        .and_then(|offering| offering.specification.as_ref())
        .map(|specification| specification.id.as_str());
    let specification = specification_id.and_then(|id| check.catalog.specifications.get(id));
    let placing = Placing {
        id: Cow::Owned(format!("{}/{offering_id}", whole.id)),
        pointer: whole.pointer,
        item: None,
        parent: Some(parent),
        action: Action::Add,
        each: number,
        quantity,
        offering,
        specification: specification.map(|specification| &**specification),
        offering_id: Some(offering_id),
        specification_id,
        installed: None,
        migrates: false,
        characteristics: Vec::new(),
    };
    if let Some(index) = push(check, placing) {
        offering::check(check, index);
    }
}

/// Adds an item that is not of the order.
fn push<'a>(check: &mut Check<'a>, placing: Placing<'a>) -> Option<usize> {
    let parent = placing.parent?;
    let mut depth = 0;
    let mut next = Some(parent);
    while let Some(above) = next.and_then(|above| check.placings.get(above)) {
        next = above.parent;
        depth += 1;
        if depth > DEPTH_MAX {
            let message = format!("bundles are {DEPTH_MAX} deep in each other");
            check.refuse(parent, "", code::TOO_MANY_ITEMS, message);
            return None;
        }
    }
    if check.placings.len() >= ITEMS_MAX {
        let message = format!("an order has {ITEMS_MAX} items at most, with what bundles bring");
        check.refuse(parent, "", code::TOO_MANY_ITEMS, message);
        return None;
    }
    if check.ids.contains_key(&*placing.id) {
        let message = format!("'{}' is the id of what the bundle brings", placing.id);
        check.refuse(parent, "/id", code::DUPLICATE_ITEM, message);
        return None;
    }
    let index = check.placings.len();
    if let Some(installed) = placing.installed {
        check.products.insert(&installed.id, index);
    }
    check.placings.push(placing);
    Some(index)
}

/// With a bundle go its parts, except for those of which the order says something else.
fn ended<'a>(check: &mut Check<'a>, index: usize, whole: &'a Installed) {
    let parts = check.parts_of(whole);
    for part in parts {
        let is_named = check.placing_of(&part.id).is_some();
        let Some(above) = check.placings.get(index).filter(|_| !is_named) else {
            continue;
        };
        let offering_id = part.offering.as_deref();
        let offering = offering_id.and_then(|id| check.catalog.offerings.get(id));
        let offering = offering.map(|offering| &**offering);
        let own = offering
            .and_then(|offering| offering.specification.as_ref())
            .map(|specification| specification.id.as_str());
        let specification_id = part.specification.as_deref().or(own);
        let specification = specification_id.and_then(|id| check.catalog.specifications.get(id));
        let placing = Placing {
            id: Cow::Owned(format!("{}/{}", above.id, part.id)),
            pointer: above.pointer,
            item: None,
            parent: Some(index),
            action: Action::Delete,
            each: 1,
            quantity: 1,
            offering,
            specification: specification.map(|specification| &**specification),
            offering_id,
            specification_id,
            installed: Some(part),
            migrates: false,
            characteristics: Vec::new(),
        };
        push(check, placing);
    }
}

/// A bundle that the customer has and whose parts change: it must not become worse than it is.
/// What was brought into it is counted product by product, so that an old bundle may be below a
/// limit that was raised since.
fn changed<'a>(
    check: &mut Check<'a>,
    index: usize,
    own: Option<usize>,
    offering: &'a Offering,
    whole: &'a Installed,
) {
    let migrates = own
        .and_then(|own| check.placings.get(own))
        .is_some_and(|placing| placing.migrates);
    let (mut before, mut after) = (Counts::new(), Counts::new());
    let parts = check.parts_of(whole);
    for part in &parts {
        if let Some(id) = part.offering.as_deref() {
            *before.entry(id).or_default() += 1;
        }
        let placing = check.placing_of(&part.id);
        let kept = match placing {
            Some(placing) if !placing.remains() => None,
            Some(placing) => placing.offering_id,
            None => part.offering.as_deref(),
        };
        if let Some(id) = kept {
            *after.entry(id).or_default() += 1;
        }
    }
    let mut strange = Vec::new();
    for (at, child) in check.placings.iter().enumerate() {
        let is_new = child.parent == own
            && own.is_some()
            && child.remains()
            && !parts.iter().any(|part| child.is_about(&part.id));
        let Some(id) = child.offering_id.filter(|_| is_new) else {
            continue;
        };
        match offering.bundle.part(id) {
            Some(_) => *after.entry(id).or_default() += child.each,
            None => strange.push((at, child.shown().to_owned())),
        }
    }
    for (at, part) in strange {
        let message = format!("'{part}' is no part of '{}'", offering.shown());
        check.refuse(at, "/productOffering", code::NOT_IN_BUNDLE, message);
    }
    if migrates {
        let mut brought = Vec::new();
        bring(&offering.bundle, &mut after, false, &mut brought);
        for (part, number) in brought {
            add(check, index, part, number);
        }
    }
    let mut wrong = Vec::new();
    let before = (!migrates).then_some(&before);
    limits(&offering.bundle, &after, before, &mut wrong);
    for (code, message) in wrong {
        let message = format!("'{}': {message}", offering.shown());
        check.refuse(index, "", code, message);
    }
}

/// Parts that are ended or changed without their bundle being named.
fn parts_taken_out(check: &mut Check<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for index in 0..check.placings.len() {
        let Some(placing) = check.placings.get(index) else {
            return;
        };
        let goes = placing.action == Action::Delete || placing.migrates;
        let Some(part) = placing.installed.filter(|_| goes && placing.item.is_some()) else {
            continue;
        };
        let around = check.parent_of(placing).and_then(|parent| parent.installed);
        let around = around.map(|whole| whole.id.as_str());
        for whole in check.wholes_of(part) {
            // These are counted where they are named.
            let is_counted = around == Some(&whole.id)
                || check
                    .placing_of(&whole.id)
                    .is_some_and(|own| own.action == Action::Delete || own.migrates);
            if is_counted || seen.contains(&whole.id.as_str()) {
                continue;
            }
            seen.push(&whole.id);
            let offering = whole.offering.as_deref();
            let offering = offering.and_then(|id| check.catalog.offerings.get(id));
            if let Some(offering) = offering {
                changed(check, index, None, offering, whole);
            }
        }
    }
}

/// Compares counts with the limits of parts and groups. With counts of before, only what has become
/// worse is named.
fn limits(
    bundle: &Bundle,
    counts: &Counts<'_>,
    before: Option<&Counts<'_>>,
    out: &mut Vec<(&'static str, String)>,
) {
    let number = |counts: &Counts<'_>, part: &Part| {
        let id = part.offering.id.as_str();
        counts.get(id).copied().unwrap_or(0)
    };
    for part in &bundle.parts {
        let now = number(counts, part);
        let was = before.map(|before| number(before, part));
        if let Some(words) = judged(now, was, part.limits.lower, part.limits.upper) {
            let message = format!("{words} '{}', not {now}", part.offering.shown());
            out.push((code::BUNDLE_LIMIT, message));
        }
    }
    for group in &bundle.groups {
        let now = total(&group.choice, counts);
        let was = before.map(|before| total(&group.choice, before));
        if let Some(words) = judged(now, was, group.limits.lower, group.limits.upper) {
            let name = group.name.as_deref().unwrap_or("a group of parts");
            let mut names = Vec::new();
            group
                .choice
                .each_part(&mut |part| names.push(part.offering.shown()));
            let among = names.join(", ");
            let message = format!("{words} of '{name}' ({among}), not {now}");
            out.push((code::BUNDLE_GROUP_LIMIT, message));
        }
        limits(&group.choice, counts, before, out);
    }
}

fn judged(now: u32, was: Option<u32>, lower: u32, upper: Option<u32>) -> Option<String> {
    if now < lower && was.is_none_or(|was| now < was) {
        return Some(format!("has at least {lower}"));
    }
    let upper = upper.filter(|upper| now > *upper)?;
    was.is_none_or(|was| now > was)
        .then(|| format!("has at most {upper}"))
}

fn total(bundle: &Bundle, counts: &Counts<'_>) -> u32 {
    let mut sum: u32 = 0;
    bundle.each_part(&mut |part| {
        let own = counts.get(part.offering.id.as_str()).copied();
        sum = sum.saturating_add(own.unwrap_or(0));
    });
    sum
}

impl Placing<'_> {
    fn is_about(&self, product: &str) -> bool {
        self.installed.is_some_and(|own| own.id == product)
    }
}

impl<'a> Check<'a> {
    /// The item about a product.
    fn placing_of(&self, product: &str) -> Option<&Placing<'a>> {
        self.placings.get(*self.products.get(product)?)
    }

    /// The live parts of a product, as it says or as they say. Sorted, so that plans do not depend
    /// on the order of a hash map.
    fn parts_of(&self, whole: &'a Installed) -> Vec<&'a Installed> {
        let products = &self.inventory.products;
        let named = whole.parts().filter_map(|id| products.get(id));
        let mut parts: Vec<&Installed> = named.collect();
        let tells = |part: &&Installed| part.wholes().any(|id| id == whole.id);
        parts.extend(products.values().filter(tells));
        parts.retain(|part| part.is_live() && part.id != whole.id);
        parts.sort_by(|one, other| one.id.cmp(&other.id));
        parts.dedup_by(|one, other| one.id == other.id);
        parts
    }

    /// The live products that a product is part of.
    fn wholes_of(&self, part: &'a Installed) -> Vec<&'a Installed> {
        let products = &self.inventory.products;
        let named = part.wholes().filter_map(|id| products.get(id));
        let mut wholes: Vec<&Installed> = named.collect();
        let has = |whole: &&Installed| whole.parts().any(|id| id == part.id);
        wholes.extend(products.values().filter(has));
        wholes.retain(|whole| whole.is_live() && whole.id != part.id);
        wholes.sort_by(|one, other| one.id.cmp(&other.id));
        wholes.dedup_by(|one, other| one.id == other.id);
        wholes
    }
}
