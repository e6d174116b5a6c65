//! What clients may do to product orders. An order that is placed belongs to its run: its states are
//! moved by the work, not by clients; its items change by amendment.

use std::sync::Arc;

use serde_json::{Value, json};

use super::claims::release;
use super::input::Told;
use super::mark::OrderMark;
use super::stage::{Progress, Stage};
use super::{ENGINE, KIND};
use crate::behaviour::lifecycle::States;
use crate::behaviour::own::Own;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::{Change, Rewritten};
use crate::ordering::order::amends;
use crate::store::{PRIORITY_LOWEST, ResourceRow, RunRow};

/// State of an order that is still being put together (v5).
const DRAFT: &str = "draft";
/// State of an order that was placed.
const PLACED: &str = "acknowledged";
/// State of an order that lacks information.
const PENDING: &str = "pending";
const CANCELLED: &str = "cancelled";
const ITEMS: &str = "productOrderItem";

/// The own rules of the kind `productOrder`.
pub struct OrderRules {
    states: States,
    orders: OrderMark,
}

impl OrderRules {
    pub fn new(machines: &Arc<Machines>, orders: OrderMark) -> Self {
        OrderRules {
            states: States::of(KIND, machines),
            orders,
        }
    }

    /// What a client may change of an order that it has placed.
    fn refuse_interference(&self, old: &Value, doc: &Value) -> Outcome<()> {
        let (from, to) = (state(old), state(doc));
        let may_move = from == to || from == DRAFT && [PLACED, CANCELLED].contains(&to);
        if !may_move {
            return Err(Problem::at(
                Code::BadTransition,
                "/state",
                format!(
                    "an order that is '{from}' becomes '{to}' by its work alone; to end it, create a \
                     cancelProductOrder"
                ),
            ));
        }
        if old.get(ITEMS) != doc.get(ITEMS) && from != DRAFT && !amends(old).is_empty() {
            return Err(Problem::at(
                Code::Conflict,
                format!("/{ITEMS}"),
                "the order amends another one and is passed on to it: place a further one",
            ));
        }
        if old.get(ITEMS) != doc.get(ITEMS) && !self.states.is_live(Some(from)) {
            return Err(Problem::at(
                Code::Conflict,
                format!("/{ITEMS}"),
                format!("the order is '{from}': its items cannot change any more"),
            ));
        }
        Ok(())
    }
}

impl Own for OrderRules {
    fn prepare(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        if change.caller.principal == ENGINE {
            return Ok(());
        }
        match old {
            Some(old) => {
                self.refuse_interference(old, doc)?;
                keep_what_is_ours(old, doc);
                forget_prices(old, doc);
            }
            None => begin(doc),
        }
        mark_items(doc.get_mut(ITEMS));
        Ok(())
    }

    /// What has not begun, and what has ended, may go.
    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        let state = row.state.as_deref().unwrap_or_default();
        if self.states.is_live(Some(state)) && is_begun(change, row)? {
            return Err(Problem::new(
                Code::Conflict,
                format!("The order is '{state}'. An order under way is cancelled, not deleted."),
            ));
        }
        let (tenant, order) = (row.tenant, &row.id);
        release(change.tx, tenant, order, change.now)?;
        change
            .tx
            .direct(|session| session.delete_run(tenant, order))
    }

    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        _doc: &Value,
    ) -> Outcome<()> {
        if row.state.as_deref() == Some(PLACED) {
            self.orders.mark();
            place(change, row);
        }
        Ok(())
    }

    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        if change.caller.principal == ENGINE {
            return Ok(());
        }
        self.orders.mark();
        match (state(written.before), state(written.doc)) {
            (DRAFT, PLACED) => place(change, written.row),
            (DRAFT, _) => {}
            _ if concerns_plan(written.before, written.doc) => {
                let told = Told::Amend {
                    before: written.before.get(ITEMS).cloned().unwrap_or_default(),
                    by: change.caller.principal.clone(),
                };
                told.leave(change.tx, change.caller.tenant, change.id, change.now)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// True for a change of what is to be done, or when. For an order that lacks information any change may
/// bring it.
fn concerns_plan(before: &Value, after: &Value) -> bool {
    const PLANNED: [&str; 4] = [
        ITEMS,
        "requestedStartDate",
        "requestedCompletionDate",
        "priority",
    ];
    state(before) == PENDING
        || PLANNED
            .into_iter()
            .any(|name| before.get(name) != after.get(name))
}

/// Whether work on an order has begun.
fn is_begun(change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<bool> {
    let Some(run) = change.tx.order_run(row.tenant, &row.id)? else {
        return Ok(false);
    };
    let stage = Progress::read(&run)?.stage;
    Ok(!matches!(
        stage,
        Stage::Placed | Stage::Incomplete | Stage::Queued
    ))
}

fn state(doc: &Value) -> &str {
    doc.get("state").and_then(Value::as_str).unwrap_or_default()
}

/// A new order is placed, unless it asks to be a draft.
fn begin(doc: &mut Value) {
    let Some(doc) = doc.as_object_mut() else {
        return;
    };
    let asked = doc.get("requestedInitialState").and_then(Value::as_str);
    let state = if asked == Some(DRAFT) { DRAFT } else { PLACED };
    doc.insert("state".to_owned(), json!(state));
}

/// Items have states as well; those that come without one are acknowledged.
fn mark_items(items: Option<&mut Value>) {
    let Some(items) = items.and_then(Value::as_array_mut) else {
        return;
    };
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        item.entry("state").or_insert_with(|| json!(PLACED));
        mark_items(item.get_mut(ITEMS));
    }
}

/// What the work writes into an order stays as it was, whatever a client sends.
fn keep_what_is_ours(old: &Value, doc: &mut Value) {
    const OURS: [&str; 5] = [
        "expectedCompletionDate",
        "completionDate",
        "productOrderErrorMessage",
        "productOrderJeopardyAlert",
        "productOrderMilestone",
    ];
    let Some(doc) = doc.as_object_mut() else {
        return;
    };
    for name in OURS {
        match old.get(name) {
            Some(value) => doc.insert(name.to_owned(), value.clone()),
            None => doc.shift_remove(name),
        };
    }
}

/// Prices that the catalog gave an item are no wish of the client who sends them back: where items
/// change they are worked out anew.
fn forget_prices(old: &Value, doc: &mut Value) {
    if old.get(ITEMS) == doc.get(ITEMS) {
        return;
    }
    let mut known = Vec::new();
    prices_of(old.get(ITEMS), &mut known);
    forget(doc.get_mut(ITEMS), &known);
}

const PRICES: &str = "itemPrice";
const TOTALS: &str = "itemTotalPrice";

fn prices_of<'d>(items: Option<&'d Value>, known: &mut Vec<(&'d str, &'d Value)>) {
    let items = items.and_then(Value::as_array);
    for item in items.into_iter().flatten() {
        let id = item.get("id").and_then(Value::as_str);
        known.extend(id.zip(item.get(PRICES)));
        prices_of(item.get(ITEMS), known);
    }
}

fn forget(items: Option<&mut Value>, known: &[(&str, &Value)]) {
    let items = items.and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        let id = item.get("id").and_then(Value::as_str);
        let same = id
            .zip(item.get(PRICES))
            .is_some_and(|own| known.contains(&own));
        if same {
            item.shift_remove(PRICES);
            item.shift_remove(TOTALS);
        }
        forget(item.get_mut(ITEMS), known);
    }
}

/// Begins the run of an order; the worker plans it.
fn place(change: &mut Change<'_, '_>, row: &ResourceRow) {
    let Micros(now) = change.now;
    change.tx.begin_run(RunRow {
        tenant: row.tenant,
        order_id: row.id.clone(),
        revision: 1,
        state: "open".to_owned(),
        priority: priority(&row.doc),
        wake_at: Some(now),
        created_at: now,
        updated_at: now,
        work: String::new(),
        progress: String::new(),
    });
}

/// The lowest for an order that names none (TMF622: 0 to 4).
fn priority(doc: &str) -> i64 {
    let doc: Value = serde_json::from_str(doc).unwrap_or_default();
    let stated = doc.get("priority").and_then(Value::as_str);
    let number = stated.and_then(|text| text.trim().parse::<i64>().ok());
    number.map_or(PRIORITY_LOWEST, |number| number.clamp(0, PRIORITY_LOWEST))
}
