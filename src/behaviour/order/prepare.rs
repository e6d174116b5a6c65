//! Making the plan of an order, outside of any transaction: it reads much and writes nothing.

use serde_json::{Map, Value};

use super::Fulfilment;
use super::stage::Context;
use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::ordering::catalog::Catalog;
use crate::ordering::order::{Order, Place};
use crate::ordering::plan::validate::{Verdict, validate};
use crate::ordering::plan::{Planned, plan_checked};
use crate::ordering::price::price;
use crate::ordering::run::Terms;
use crate::store::{Due, IdKey, Session};

/// A plan and what it was made of.
pub struct Prepared {
    /// Revision of the order that was planned.
    pub order_revision: i64,
    pub plan_revision: u32,
    pub planned: Planned,
    pub context: Context,
    pub terms: Terms,
    /// The order with its prices worked out.
    pub priced: Option<Value>,
}

/// Plans an order as it is now; none when it is gone.
///
/// # Errors
/// A fault of the store.
pub fn prepare(
    shared: &Fulfilment,
    session: &mut dyn Session,
    due: &Due,
    plan_revision: u32,
    now: Micros,
) -> Outcome<Option<Prepared>> {
    let rows = session.versions(&IdKey::new(due.tenant, super::KIND, &due.order))?;
    let Some(row) = rows.into_iter().find(|row| row.current) else {
        return Ok(None);
    };
    let doc = document(&row)?;
    let planning = plan_document(
        shared,
        session,
        due.tenant,
        &due.order,
        &doc,
        Micros(row.created_at),
        plan_revision,
        now,
    )?;
    Ok(Some(Prepared {
        order_revision: row.revision,
        plan_revision,
        ..planning
    }))
}

/// Plans a document, stored or not.
///
/// # Errors
/// A fault of the store.
#[allow(clippy::too_many_arguments, reason = "each says something of its own")]
pub fn plan_document(
    shared: &Fulfilment,
    session: &mut dyn Session,
    tenant: i64,
    id: &str,
    doc: &Value,
    placed_at: Micros,
    plan_revision: u32,
    now: Micros,
) -> Outcome<Prepared> {
    let order = Order::read(id, doc, placed_at);
    let rules = shared.rules.rules(session, tenant)?;
    let snapshot =
        shared
            .shelf
            .snapshot(session, shared.store.attributes(), tenant, &order, &rules)?;
    let verdict = validate(
        &order,
        &snapshot.catalog,
        &snapshot.inventory,
        &shared.validation,
    );
    let priced = priced(doc, &order, &verdict, &snapshot.catalog);
    let planned = plan_checked(
        &order,
        plan_revision,
        verdict,
        &snapshot.catalog,
        &snapshot.inventory,
        &rules,
        now,
    );
    let context = match &planned {
        Planned::Plan(plan) => Context {
            parties: order.parties.clone(),
            places: plan
                .items
                .iter()
                .map(|item| places(&order, &item.pointer))
                .collect(),
            description: doc
                .get("description")
                .and_then(Value::as_str)
                .map(str::to_owned),
        },
        _ => Context::default(),
    };
    Ok(Prepared {
        order_revision: 0,
        plan_revision,
        planned,
        context,
        terms: Terms {
            requested_start: order.requested_start.map(|at| at.0),
            requested_completion: order.requested_completion.map(|at| at.0),
            priority: order.priority,
        },
        priced,
    })
}

/// The order with the prices of the catalog; none for one that is refused.
fn priced(doc: &Value, order: &Order, verdict: &Verdict, catalog: &Catalog) -> Option<Value> {
    if !verdict.is_accepted() {
        return None;
    }
    let prices = price(order, &verdict.placed, catalog);
    let mut doc = doc.clone();
    for (item, prices) in order.items.iter().zip(prices.items) {
        let item = doc
            .pointer_mut(&item.pointer)
            .and_then(Value::as_object_mut);
        let Some(item) = item else {
            continue;
        };
        for (name, list) in [
            ("itemPrice", prices.prices),
            ("itemTotalPrice", prices.totals),
        ] {
            set(item, name, list);
        }
    }
    if let Some(doc) = doc.as_object_mut() {
        set(doc, "orderTotalPrice", prices.totals);
    }
    Some(doc)
}

fn set(object: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if list.is_empty() {
        object.shift_remove(name);
    } else {
        object.insert(name.to_owned(), Value::Array(list));
    }
}

/// Places of the product of an item, or of the nearest item around it that has any.
fn places(order: &Order, pointer: &str) -> Vec<Place> {
    let mut at = order.items.iter().find(|item| item.pointer == pointer);
    while let Some(item) = at {
        if let Some(product) = &item.product
            && !product.places.is_empty()
        {
            return product.places.clone();
        }
        at = item.parent.and_then(|parent| order.items.get(parent));
    }
    Vec::new()
}
