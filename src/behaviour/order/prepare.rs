//! Making the plan of an order, outside of any transaction: it reads much and writes nothing.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::Fulfilment;
use super::input::{Told, next_amendment};
use super::snapshot::PRODUCT;
use super::stage::{Context, Filed, Progress, Stage};
use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::ordering::catalog::Catalog;
use crate::ordering::order::{Action, Fault, Order, Place, merge, without_prices};
use crate::ordering::plan::validate::{Refusal, Verdict, validate};
use crate::ordering::plan::{Plan, Planned, plan_checked};
use crate::ordering::price::price;
use crate::ordering::run::Terms;
use crate::store::{Due, IdKey, RunRow, Session};

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
    /// Id of the input by which another order amends it.
    pub amendment: Option<String>,
    /// The order as it is amended.
    pub amended: Option<Value>,
}

impl Prepared {
    fn rejected(refusals: Vec<Refusal>) -> Self {
        Prepared {
            order_revision: 0,
            plan_revision: 0,
            products: Vec::new(),
            planned: Planned::Rejected(refusals),
            context: Context::default(),
            terms: Terms::default(),
            priced: None,
            amendment: None,
            amended: None,
        }
    }
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
    let run = session.run(due.tenant, &due.order)?;
    if was_planned(run.as_ref(), plan_revision)?
        && let Some(doc) = doc.as_object_mut()
    {
        // They are ours, and may not be those of today.
        without_prices(doc);
    }
    let mut amendment = None;
    if let Some((id, by)) = pending_amendment(session, due, run.as_ref())? {
        match merge(&doc, &by) {
            Ok(amended) => doc = amended,
            Err(faults) => {
                let refused = refused(faults);
                return Ok(Some(Prepared {
                    order_revision: row.revision,
                    plan_revision,
                    amendment: Some(id),
                    ..Prepared::rejected(refused)
                }));
            }
        }
        amendment = Some(id);
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
        amended: amendment.is_some().then_some(doc),
        amendment,
        ..planning
    }))
}

/// Whether the same revision was planned before, when another order was at work on its products.
fn was_planned(run: Option<&RunRow>, plan_revision: u32) -> Outcome<bool> {
    let filed = run.map(Filed::read).transpose()?.flatten();
    Ok(filed.is_some_and(|filed| filed.work.revision == plan_revision))
}

/// The amendment by another order that is to be followed now: the id of the input, and that order.
fn pending_amendment(
    session: &mut dyn Session,
    due: &Due,
    run: Option<&RunRow>,
) -> Outcome<Option<(String, Value)>> {
    let stage = run.map(Progress::read).transpose()?;
    let Some(stage) = stage.map(|progress| progress.stage) else {
        return Ok(None);
    };
    if stage == Stage::Placed {
        // Nothing is told to an order that is planned for the first time.
        return Ok(None);
    }
    let rows = session.order_inputs(due.tenant, &due.order)?;
    let told = rows.iter().map(Told::read).collect::<Outcome<Vec<_>>>()?;
    let place = next_amendment(stage, &told);
    let found = place.and_then(|place| Some((rows.get(place)?, told.get(place)?)));
    Ok(match found {
        Some((row, Told::AmendBy { doc, .. })) => Some((row.id.clone(), doc.clone())),
        _ => None,
    })
}

fn refused(faults: Vec<Fault>) -> Vec<Refusal> {
    let refusals = faults.into_iter().map(|fault| Refusal {
        item: fault.item,
        pointer: fault.pointer,
        code: "unknownItem".to_owned(),
        message: fault.message,
    });
    refusals.collect()
}

/// Revisions of products; none of those that are not there.
fn revisions(
    session: &mut dyn Session,
    tenant: i64,
    products: Vec<String>,
) -> Outcome<Vec<(String, Option<i64>)>> {
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let rows = session.versions_of(tenant, PRODUCT, &products)?;
    let current = rows.into_iter().filter(|row| row.current);
    let known: HashMap<String, i64> = current.map(|row| (row.id, row.revision)).collect();
    let products = products.into_iter();
    Ok(products
        .map(|id| {
            let revision = known.get(&id).copied();
            (id, revision)
        })
        .collect())
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
        amendment: None,
        amended: None,
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

#[cfg(test)]
mod tests {
    use super::super::snapshot::PRODUCT;
    use super::revisions;
    use crate::store::{Keys, ResourceRow, Settings, Store, Target};

    fn product(id: &str, version: &str, revision: i64, current: bool) -> ResourceRow {
        ResourceRow {
            seq: 0,
            tenant: 1,
            kind: PRODUCT.to_owned(),
            id: id.to_owned(),
            version: version.to_owned(),
            revision,
            current,
            label: None,
            state: None,
            created_at: 1,
            updated_at: 1,
            doc: "{}".to_owned(),
        }
    }

    #[tokio::test]
    async fn revisions_of_products_stand_as_they_were_asked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = Target::Sqlite(folder.path().join("t.db").display().to_string());
        Store::migrate(&target).expect("migrated");
        let store = Store::open(&target, &Settings::default(), &[]).expect("opened");
        let stored = store.write(|tx| {
            tx.insert(product("b", "1", 4, false), Keys::default())?;
            tx.insert(product("b", "2", 7, true), Keys::default())?;
            tx.insert(product("a", "", 2, true), Keys::default())
        });
        stored.await.expect("products");

        let asked = ["b", "gone", "a"].map(str::to_owned).to_vec();
        let found = store.point(move |session| Ok(revisions(session, 1, asked)));
        let found = found.await.expect("a store").expect("an answer");
        let expected = [("b", Some(7)), ("gone", None), ("a", Some(2))];
        let expected = expected.map(|(id, revision)| (id.to_owned(), revision));
        assert_eq!(found, expected);
        store.close();
    }
}
