//! The products whose usage is asked about. What usage was rated by stands in its trace alone, so traces
//! are read, page by page in the order in which usage came: this takes time in proportion to all usage that
//! is stored, and memory for the products that are found.

use std::collections::HashMap;

use serde_json::Value;

use super::asked::{Asked, By, Versioned, Whose};
use super::{PRODUCTS_MAX, Pool};
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_facts::key_of;
use crate::domain::usage_status::UsageStatus;
use crate::store::Session;
use crate::store::usage::{Began, UsageRow};

/// Usage that is looked at at once.
const PAGE: i64 = 1_024;
/// Products whose usage is looked at at once.
const AT_ONCE: usize = 16;

/// A product, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub product: String,
    pub from: Micros,
}

/// Targets by the key of the product.
type Found = HashMap<i64, Target>;

impl Pool {
    /// The products that are asked about, each from its first usage on that is.
    pub(super) fn targets(&self, tenant: i64, asked: &Asked) -> Outcome<Vec<Target>> {
        let Some(whose) = &asked.whose else {
            return self.targets_of_all(tenant, asked);
        };
        let products = self.products(tenant, whose)?.into_iter();
        if asked.by == By::default() && asked.to.is_none() {
            let from = asked.from;
            return Ok(products.map(|product| Target { product, from }).collect());
        }
        let mut found = Found::new();
        let began = Began {
            from: asked.from.0,
            to: end(asked),
            behind: i64::MIN,
        };
        let keys: Vec<i64> = products.map(|product| key_of(&product)).collect();
        for keys in keys.chunks(AT_ONCE) {
            let rows = self.store.read_blocking(|session| {
                session.usage_of_products(tenant, keys, &began, i64::MAX)
            })?;
            self.look_at(&asked.by, &rows, &mut found)?;
        }
        Ok(in_order(found))
    }

    fn products(&self, tenant: i64, whose: &Whose) -> Outcome<Vec<String>> {
        let (path, id) = match whose {
            Whose::Product(id) => return Ok(vec![id.clone()]),
            Whose::Account(id) => ("billingAccount.id", id),
            Whose::Offering(id) => ("productOffering.id", id),
        };
        let limit = i64::try_from(PRODUCTS_MAX).unwrap_or(i64::MAX);
        let found = self
            .store
            .read_blocking(|session| self.by_path(session, tenant, path, id, limit))?;
        match found.len() >= PRODUCTS_MAX {
            true => Err(too_many("/productOffering")),
            false => Ok(found),
        }
    }

    fn targets_of_all(&self, tenant: i64, asked: &Asked) -> Outcome<Vec<Target>> {
        let (mut found, mut after) = (Found::new(), i64::MIN);
        loop {
            let (from, to) = (asked.from.0, end(asked));
            let rows = self
                .store
                .read_blocking(|session| session.charged_usage(tenant, (from, to), after, PAGE))?;
            let Some(last) = rows.last() else {
                return Ok(in_order(found));
            };
            after = last.seq;
            self.look_at(&asked.by, &rows, &mut found)?;
            if found.len() >= PRODUCTS_MAX {
                return Err(too_many("/from"));
            }
        }
    }

    /// Adds the products of usage that was rated by something.
    fn look_at(&self, by: &By, rows: &[UsageRow], found: &mut Found) -> Outcome<()> {
        self.store.read_blocking(|session| {
            for row in rows {
                let from = Micros(row.start_at);
                let is_charged =
                    UsageStatus::numbered(row.state).is_some_and(UsageStatus::is_charged);
                let is_news = found.get(&row.product).is_none_or(|own| from < own.from);
                if !is_charged || !is_news {
                    continue;
                }
                let Some(trace) = session.usage_trace(row)? else {
                    continue;
                };
                let trace: Value = serde_json::from_str(&trace).unwrap_or_default();
                if !by.holds(&trace) {
                    continue;
                }
                if let Some(known) = found.get_mut(&row.product) {
                    known.from = from;
                } else if let Some(product) = product_of(session, row)? {
                    found.insert(row.product, Target { product, from });
                }
            }
            Ok(())
        })
    }
}

fn product_of(session: &mut dyn Session, row: &UsageRow) -> crate::store::DbResult<Option<String>> {
    let documents = session.usage_documents(vec![row.clone()])?;
    let doc = documents.first().map(|own| own.doc.as_str());
    let doc: Value = serde_json::from_str(doc.unwrap_or_default()).unwrap_or_default();
    let id = doc.pointer("/product/id").and_then(Value::as_str);
    Ok(id.map(str::to_owned))
}

/// The same order each time, for whom reads the answer.
fn in_order(found: Found) -> Vec<Target> {
    let mut all: Vec<Target> = found.into_values().collect();
    all.sort_by(|one, other| one.product.cmp(&other.product));
    all
}

fn end(asked: &Asked) -> i64 {
    asked.to.map_or(i64::MAX, |to| to.0)
}

fn too_many(pointer: &str) -> Problem {
    let message = format!("means more than {PRODUCTS_MAX} products; ask about fewer");
    Problem::at(Code::InvalidBody, pointer, message)
}

impl By {
    /// Whether a trace says so.
    fn holds(&self, trace: &Value) -> bool {
        let text = |name: &str| trace.get(name).and_then(Value::as_str);
        self.card
            .as_deref()
            .is_none_or(|own| text("cardHash") == Some(own))
            && is_or_step(self.price.as_ref(), "price", trace, true)
            && is_or_step(self.table.as_ref(), "tariffTable", trace, false)
            && self.zone.as_deref().is_none_or(|own| {
                steps(trace).any(|step| step.get("zone").and_then(Value::as_str) == Some(own))
            })
    }
}

/// Whether a document is named by a step of a trace, or, where that counts, by the trace itself: prices of
/// allowances and discounts stand in steps, the one of the usage above them.
fn is_or_step(own: Option<&Versioned>, name: &str, trace: &Value, above: bool) -> bool {
    let Some(own) = own else { return true };
    let is = |place: &Value| place.get(name).is_some_and(|reference| own.is(reference));
    (above && is(trace)) || steps(trace).any(is)
}

fn steps(trace: &Value) -> impl Iterator<Item = &Value> {
    let steps = trace.get("step").and_then(Value::as_array);
    steps.into_iter().flatten()
}

impl Versioned {
    fn is(&self, reference: &Value) -> bool {
        let text = |name: &str| reference.get(name).and_then(Value::as_str);
        let version = self.version.as_deref();
        text("id") == Some(&self.id) && version.is_none_or(|own| text("version") == Some(own))
    }
}
