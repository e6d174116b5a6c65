//! What an item is about: an offering, a product, or both.

use super::{Check, code};
use crate::ordering::catalog::{Offering, RelationKind};
use crate::ordering::inventory::Installed;
use crate::ordering::order::{Action, Item};

/// Finds offering, specification and product of an item of the order.
pub(super) fn resolve(check: &mut Check<'_>, index: usize) {
    let Some(item) = check.placings.get(index).and_then(|placing| placing.item) else {
        return;
    };
    let product = item
        .product
        .as_ref()
        .and_then(|product| product.id.as_deref());
    if item.offering.is_none() && item.product.is_none() {
        let message = "an item names a product offering or a product".to_owned();
        return check.refuse(index, "", code::NOTHING_ORDERED, message);
    }
    let installed = match (item.action, product) {
        (Action::Add, Some(id)) if check.inventory.products.contains_key(id) => {
            let message = format!("there is a product '{id}' already; it can be modified");
            return check.refuse(index, "/product/id", code::PRODUCT_EXISTS, message);
        }
        // The id that a client expects for a new product; ours is another one.
        (Action::Add, _) | (Action::NoChange, None) => None,
        (_, None) => {
            let message = format!("'{}' is about a product: its id", item.action.name());
            return check.refuse(index, "/product/id", code::PRODUCT_REQUIRED, message);
        }
        (_, Some(id)) => match find(check, index, item, id) {
            Some(installed) => Some(installed),
            None => return,
        },
    };
    if item.action == Action::Add && item.offering.is_none() {
        let message = "what is new has a product offering".to_owned();
        return check.refuse(index, "/productOffering", code::OFFERING_REQUIRED, message);
    }
    settle(check, index, item, installed);
}

/// The product of an item, in a status that allows the action.
fn find<'a>(check: &mut Check<'a>, index: usize, item: &Item, id: &str) -> Option<&'a Installed> {
    let Some(installed) = check.inventory.products.get(id) else {
        let message = format!("there is no product '{id}' of this customer");
        check.refuse(index, "/product/id", code::UNKNOWN_PRODUCT, message);
        return None;
    };
    if item.action == Action::NoChange {
        return Some(installed);
    }
    if !installed.is_live() {
        let message = format!("the product is {}", installed.status.trim());
        check.refuse(index, "/product/id", code::PRODUCT_STATUS, message);
        return None;
    }
    let other = check.products.get(id);
    let other = other.and_then(|other| check.placings.get(*other));
    if other.is_some_and(|other| other.action != Action::NoChange) {
        let message = "another item before it changes the same product".to_owned();
        check.refuse(index, "/product/id", code::PRODUCT_TWICE, message);
    }
    Some(installed)
}

/// Puts together what the item says and what the product has.
fn settle<'a>(
    check: &mut Check<'a>,
    index: usize,
    item: &'a Item,
    installed: Option<&'a Installed>,
) {
    let catalog = check.catalog;
    let kept = installed.and_then(|installed| installed.offering.as_deref());
    let offering_id = item.offering.as_deref().or(kept);
    let offering = offering_id.and_then(|id| catalog.offerings.get(id));
    let offering = offering.map(|offering| &**offering);
    let migrates = item.action == Action::Modify && kept.is_some() && offering_id != kept;
    let old = installed.and_then(|installed| installed.specification.as_deref());
    let own = offering
        .and_then(|offering| offering.specification.as_ref())
        .map(|specification| specification.id.as_str());
    let named = item
        .product
        .as_ref()
        .and_then(|product| product.specification.as_deref());
    let specification_id = match item.action {
        Action::Modify if migrates => own,
        Action::Add => own,
        _ => old.or(own).or(named),
    };
    let specification = specification_id.and_then(|id| catalog.specifications.get(id));
    if let Some(installed) = installed
        && (item.action != Action::NoChange || !check.products.contains_key(&*installed.id))
    {
        check.products.insert(&installed.id, index);
    }
    if let Some(placing) = check.placings.get_mut(index) {
        placing.installed = installed;
        placing.offering_id = offering_id;
        placing.offering = offering;
        placing.specification_id = specification_id;
        placing.specification = specification.map(|specification| &**specification);
        placing.migrates = migrates;
    }
    if let Some(named) = named
        && specification_id.is_some_and(|id| id != named)
    {
        let message = format!(
            "the specification is '{}'",
            specification_id.unwrap_or_default()
        );
        let below = "/product/productSpecification";
        check.refuse(index, below, code::OTHER_SPECIFICATION, message);
    }
    if let (true, Some(kept), Some(offering)) = (migrates, kept, offering) {
        migrate(check, index, kept, old, offering);
    }
}

/// A product keeps its specification, unless the old offering says that it may become the new one.
fn migrate(
    check: &mut Check<'_>,
    index: usize,
    kept: &str,
    specification: Option<&str>,
    offering: &Offering,
) {
    let old = check.catalog.offerings.get(kept);
    let before = specification.or_else(|| {
        let specification = old?.specification.as_ref()?;
        Some(&specification.id)
    });
    let after = offering.specification.as_ref().map(|own| own.id.as_str());
    if before.is_some() && before == after {
        return;
    }
    let at = check.at;
    let is_foreseen = old.is_some_and(|old| {
        old.relations.iter().any(|relation| {
            relation.kind == RelationKind::MigratesTo
                && relation.to.id == offering.id
                && relation.valid.contains(at)
        })
    });
    if !is_foreseen {
        let from = old.map_or(kept, |old| old.shown());
        let message = format!("a product of '{from}' cannot become '{}'", offering.shown());
        check.refuse(index, "/productOffering", code::MIGRATION, message);
    }
}
