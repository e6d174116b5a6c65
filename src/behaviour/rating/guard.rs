//! What rating demands of the catalog: a price that is in use can be compiled, so that rating never
//! meets one that cannot. And what tells rating of changes.

use std::sync::Arc;

use serde_json::Value;

use super::book::Book;
use super::compile::{Shelves, faults, unusable, would_break};
use super::names;
pub use super::names::SPECIFICATION;
pub use super::prices::{OFFERING, PRICE};
use crate::behaviour::lifecycle::States;
use crate::behaviour::own::Own;
use crate::behaviour::referrers;
use crate::behaviour::stored::document;
use crate::domain::problem::Outcome;
use crate::domain::state_machine::Machines;
use crate::engine::Change;
use crate::rating::fault::Fault;
use crate::rating::tariff::is_about_usage;
use crate::store::{IdKey, ResourceRow};

/// Attributes of a price that say nothing about what is charged.
const ASIDE: [&str; 5] = [
    "name",
    "description",
    "lastUpdate",
    "lifecycleStatus",
    "version",
];
/// Prices that refer to one price, of those that are looked at.
const REFERRERS_MAX: i64 = 10_000;

/// The own rules of prices.
pub struct PriceRules {
    book: Arc<Book>,
    states: States,
}

impl PriceRules {
    pub fn new(book: &Arc<Book>, machines: &Machines) -> Self {
        PriceRules {
            book: Arc::clone(book),
            states: States::of(PRICE, machines),
        }
    }

    fn is_active(&self, doc: &Value) -> bool {
        let state = doc.get("lifecycleStatus").and_then(Value::as_str);
        self.states.is_active(state)
    }

    /// Refuses a price in use that does not compile, and one without which another in use does not.
    fn compile(
        &self,
        change: &mut Change<'_, '_>,
        dependants: &[(String, Value)],
        doc: &Value,
    ) -> Outcome<i64> {
        let tenant = change.caller.tenant;
        let book = &self.book;
        let seen = change.tx.look(|session| book.seen_by(session, tenant))?;
        let shelves = Shelves::of(&seen);
        let id = change.id;
        if self.is_active(doc) {
            let found = faults(id, doc, &shelves, |ids| others(change, ids))?;
            if !found.is_empty() {
                return Err(unusable(found));
            }
        }
        let mut broken: Vec<(String, Fault)> = Vec::new();
        for (other, price) in dependants {
            let found = faults(other, price, &shelves, |ids| {
                let mut found = others(change, ids)?;
                for (found, price) in &mut found {
                    if found == id {
                        price.clone_from(doc);
                    }
                }
                Ok(found)
            })?;
            broken.extend(found.into_iter().map(|fault| (other.clone(), fault)));
        }
        match broken.is_empty() {
            true => Ok(seen.library_count()),
            false => Err(would_break(&broken)),
        }
    }

    /// Prices in use that refer to the one that changes.
    fn dependants(&self, change: &mut Change<'_, '_>) -> Outcome<Vec<(String, Value)>> {
        let attributes =
            referrers::attributes(&change.core.registry, change.tx.attributes(), PRICE);
        let tenant = change.caller.tenant;
        let heads = change
            .tx
            .heads_by_index(tenant, &attributes, change.id, REFERRERS_MAX)?;
        let mut found = Vec::new();
        for head in heads {
            let is_price = head.kind == PRICE && head.id != change.id;
            if !is_price || !self.states.is_active(head.state.as_deref()) {
                continue;
            }
            let rows = change
                .tx
                .versions(&IdKey::new(tenant, PRICE, &head.id))?
                .into_iter();
            for row in rows.filter(|row| row.version == head.version) {
                found.push((row.id.clone(), document(&row)?));
            }
        }
        Ok(found)
    }
}

impl Own for PriceRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        if !is_about_usage(doc) && !old.is_some_and(is_about_usage) {
            return Ok(());
        }
        let dependants = match old.is_some_and(|old| charges_otherwise(old, doc)) {
            true => self.dependants(change)?,
            false => Vec::new(),
        };
        let seen = match self.is_active(doc) || !dependants.is_empty() {
            true => Some(self.compile(change, &dependants, doc)?),
            false => None,
        };
        change.tx.price_changed(change.caller.tenant, seen);
        Ok(())
    }

    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        if is_about_usage(&document(row)?) {
            change.tx.price_changed(row.tenant, None);
        }
        Ok(())
    }
}

/// Current versions of other prices, as the transaction sees them.
fn others(change: &mut Change<'_, '_>, ids: &[String]) -> Outcome<Vec<(String, Value)>> {
    let mut found = Vec::new();
    for id in ids {
        let key = IdKey::new(change.caller.tenant, PRICE, id);
        let rows = change.tx.versions(&key)?;
        if let Some(row) = rows.iter().find(|row| row.current) {
            found.push((id.clone(), document(row)?));
        }
    }
    Ok(found)
}

/// True where two documents of a price may charge differently.
fn charges_otherwise(old: &Value, new: &Value) -> bool {
    let of = |doc: &Value| {
        let mut doc = doc.clone();
        if let Some(object) = doc.as_object_mut() {
            object.retain(|name, _| !ASIDE.contains(&name.as_str()));
        }
        doc
    };
    of(old) != of(new)
}

/// The own rules of offerings: rating is told when others prices apply.
pub struct OfferingRules;

impl Own for OfferingRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let prices = |doc: &Value| doc.get("productOfferingPrice").cloned();
        if old.is_some_and(|old| prices(old) != prices(doc)) {
            change.tx.price_changed(change.caller.tenant, None);
        }
        Ok(())
    }

    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        change.tx.price_changed(row.tenant, None);
        Ok(())
    }

    /// Nobody can have bought what is new, unless it is another version.
    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        _doc: &Value,
    ) -> Outcome<()> {
        let key = IdKey::new(row.tenant, &row.kind, &row.id);
        if change.tx.versions(&key)?.len() > 1 {
            change.tx.price_changed(row.tenant, None);
        }
        Ok(())
    }
}

/// The own rules of usage specifications: rating is told when they declare other names.
pub struct SpecificationRules;

impl Own for SpecificationRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let before = old.into_iter().flat_map(names::declared);
        if !before.eq(names::declared(doc)) {
            change.tx.names_changed(change.caller.tenant);
        }
        Ok(())
    }

    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        if names::declared(&document(row)?).next().is_some() {
            change.tx.names_changed(row.tenant);
        }
        Ok(())
    }
}
