//! Making the plan of an order, outside of any transaction: it reads much and writes nothing.

use serde_json::{Map, Value};

use super::Fulfilment;
use super::snapshot::PRODUCT;
use super::stage::{Context, Filed};
use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::ordering::catalog::Catalog;
use crate::ordering::order::{Action, Order, Place};
use crate::ordering::plan::validate::{Verdict, validate};
use crate::ordering::plan::{Plan, Planned, plan_checked};
use crate::ordering::price::price;
use crate::ordering::run::Terms;
use crate::store::{Due, IdKey, Session};

/// A plan and what it was made of.
pub struct Prepared {
    /// Revision of the order that was planned.
    pub order_revision: i64,
    pub plan_revision: u32,
    /// The products that it changes, each with the revision that was planned for: another order may have
    /// been at work on them.
    pub products: Vec<(String, Option<i64>)>,
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
    let mut doc = document(&row)?;
    if was_planned(session, due, plan_revision)? {
        without_prices(&mut doc);
    }
    // Before it is planned: what changes later is seen as a change then.
    let order = Order::read(&due.order, &doc, Micros(row.created_at));
    let named = order.items.iter();
    let named = named.filter_map(|item| item.product.as_ref()?.id.clone());
    let mut products = revisions(session, due.tenant, named.collect())?;
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
    if let Planned::Plan(plan) = &planning.planned {
        let mut more = claimed(plan);
        more.retain(|id| products.iter().all(|(known, _)| known != id));
        products.extend(revisions(session, due.tenant, more)?);
    }
    Ok(Some(Prepared {
        order_revision: row.revision,
        plan_revision,
        products,
        ..planning
    }))
}

/// Whether the same revision was planned before, when another order was at work on its products.
fn was_planned(session: &mut dyn Session, due: &Due, plan_revision: u32) -> Outcome<bool> {
    let Some(row) = session.run(due.tenant, &due.order)? else {
        return Ok(false);
    };
    let filed = Filed::read(&row)?;
    Ok(filed.is_some_and(|filed| filed.work.revision == plan_revision))
}

/// Takes out the prices of the earlier planning: they are ours, and may not be those of today.
fn without_prices(doc: &mut Value) {
    let Some(doc) = doc.as_object_mut() else {
        return;
    };
    for name in ["itemPrice", "itemTotalPrice", "orderTotalPrice"] {
        doc.shift_remove(name);
    }
    let items = doc
        .get_mut("productOrderItem")
        .and_then(Value::as_array_mut);
    items.into_iter().flatten().for_each(without_prices);
}

fn revisions(
    session: &mut dyn Session,
    tenant: i64,
    products: Vec<String>,
) -> Outcome<Vec<(String, Option<i64>)>> {
    let mut found = Vec::new();
    for id in products {
        let rows = session.versions(&IdKey::new(tenant, PRODUCT, &id))?;
        let current = rows.into_iter().find(|row| row.current);
        found.push((id, current.map(|row| row.revision)));
    }
    Ok(found)
}

/// Products that a plan changes or ends.
pub fn claimed(plan: &Plan) -> Vec<String> {
    let mut products: Vec<String> = plan
        .items
        .iter()
        .filter(|item| matches!(item.action, Action::Modify | Action::Delete))
        .filter_map(|item| item.product.clone())
        .collect();
    products.sort_unstable();
    products.dedup();
    products
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
        products: Vec::new(),
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
