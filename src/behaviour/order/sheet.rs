//! What a run writes into the order itself: states, dates, milestones, warnings, errors, prices.

use serde_json::{Map, Value, json};

use crate::domain::clock::Micros;
use crate::domain::descriptor::Change;
use crate::ordering::plan::PlacedItem;
use crate::ordering::plan::validate::{Missing, Refusal};
use crate::ordering::run::{MilestoneStatus, Status, View};

const ITEMS: &str = "productOrderItem";
const ERRORS: &str = "productOrderErrorMessage";
const JEOPARDIES: &str = "productOrderJeopardyAlert";
const MILESTONES: &str = "productOrderMilestone";

/// Writes what a run looks like. Tells what there is to announce beyond the change.
pub fn show(
    order_id: &str,
    doc: &mut Value,
    view: &View,
    placed: &[PlacedItem],
    now: Micros,
) -> Vec<Change> {
    let Some(order) = doc.as_object_mut() else {
        return Vec::new();
    };
    order.insert("state".to_owned(), json!(view.state.as_str()));
    each_item(order.get_mut(ITEMS), &mut |id, item| {
        if let Some((_, status)) = view.items.iter().find(|(own, _)| own == id) {
            item.insert("state".to_owned(), json!(status.as_str()));
            if *status == Status::Completed {
                name_product(item, id, placed);
            }
        }
    });
    date(order, "expectedCompletionDate", view.expected_completion);
    end(order, view, now);
    let mut changes = Vec::new();
    let mut list = |name: &str, change: Change, entries: Vec<Value>| {
        if entries.is_empty() || order.get(name).and_then(Value::as_array) == Some(&entries) {
            return;
        }
        order.insert(name.to_owned(), Value::Array(entries));
        changes.push(change);
    };
    list(ERRORS, Change::ErrorMessage, errors(order_id, view));
    list(
        JEOPARDIES,
        Change::JeopardyAlert,
        jeopardies(order_id, view),
    );
    list(MILESTONES, Change::Milestone, milestones(order_id, view));
    // That all is yet to come is no news.
    let reached = |m: &crate::ordering::run::Milestone| m.status != MilestoneStatus::YetToReach;
    changes.retain(|change| *change != Change::Milestone || view.milestones.iter().any(reached));
    changes
}

/// Writes that the order was rejected, with a reason for each item.
pub fn reject(order_id: &str, doc: &mut Value, refusals: &[Refusal], now: Micros) {
    let Some(order) = doc.as_object_mut() else {
        return;
    };
    order.insert("state".to_owned(), json!("rejected"));
    each_item(order.get_mut(ITEMS), &mut |_, item| {
        item.insert("state".to_owned(), json!("rejected"));
    });
    add_errors(order_id, order, refusals, now);
}

/// Writes what the order lacks.
pub fn ask(order_id: &str, doc: &mut Value, missing: &[Missing], now: Micros) {
    let Some(order) = doc.as_object_mut() else {
        return;
    };
    order.insert("state".to_owned(), json!("pending"));
    each_item(order.get_mut(ITEMS), &mut |id, item| {
        if missing.iter().any(|lack| lack.item == id) {
            item.insert("state".to_owned(), json!("pending"));
        }
    });
    let lacks: Vec<Refusal> = missing
        .iter()
        .map(|lack| Refusal {
            item: lack.item.clone(),
            pointer: lack.pointer.clone(),
            code: "informationRequired".to_owned(),
            message: lack.message.clone(),
        })
        .collect();
    order.shift_remove(ERRORS);
    add_errors(order_id, order, &lacks, now);
}

/// Writes that the order was cancelled before it had a plan.
pub fn cancel(doc: &mut Value, now: Micros) {
    let Some(order) = doc.as_object_mut() else {
        return;
    };
    order.insert("state".to_owned(), json!("cancelled"));
    order.insert("cancellationDate".to_owned(), json!(now.to_rfc3339()));
    each_item(order.get_mut(ITEMS), &mut |_, item| {
        item.insert("state".to_owned(), json!("cancelled"));
    });
}

/// Writes that the order did all that it was for: to amend another one.
pub fn complete(doc: &mut Value, now: Micros) {
    let Some(order) = doc.as_object_mut() else {
        return;
    };
    order.insert("state".to_owned(), json!("completed"));
    order.insert("completionDate".to_owned(), json!(now.to_rfc3339()));
    each_item(order.get_mut(ITEMS), &mut |_, item| {
        item.insert("state".to_owned(), json!("completed"));
    });
}

/// Adds reasons to what the order shows.
pub fn explain(order_id: &str, doc: &mut Value, refusals: &[Refusal], now: Micros) {
    if let Some(order) = doc.as_object_mut() {
        add_errors(order_id, order, refusals, now);
    }
}

fn add_errors(order_id: &str, order: &mut Map<String, Value>, refusals: &[Refusal], now: Micros) {
    let errors = order.entry(ERRORS).or_insert_with(|| json!([]));
    let Some(errors) = errors.as_array_mut() else {
        return;
    };
    errors.extend(refusals.iter().map(|refusal| {
        let mut error = json!({
            "@type": "ProductOrderErrorMessage",
            "code": refusal.code,
            "reason": refusal.message,
            "message": format!("{}: {}", refusal.pointer, refusal.message),
            "timestamp": now.to_rfc3339(),
        });
        if !refusal.item.is_empty()
            && let Some(error) = error.as_object_mut()
        {
            error.insert(ITEMS.to_owned(), json!([item_ref(order_id, &refusal.item)]));
        }
        error
    }));
}

/// Calls a function for each item, nested ones included, with its id.
pub fn each_item(items: Option<&mut Value>, call: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    let items = items.and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        let id = item.get("id").and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = id {
            call(&id, item);
        }
        each_item(item.get_mut(ITEMS), call);
    }
}

/// A new product gets the id that it has in the inventory.
fn name_product(item: &mut Map<String, Value>, id: &str, placed: &[PlacedItem]) {
    let own = placed
        .iter()
        .find(|placed| placed.ordered && placed.id == id);
    let Some(product) = own.and_then(|placed| placed.product.as_ref()) else {
        return;
    };
    let value = item
        .entry("product")
        .or_insert_with(|| json!({ "@type": "ProductRef", "@referredType": "Product" }));
    if let Some(value) = value.as_object_mut() {
        value.entry("id").or_insert_with(|| json!(product));
    }
}

fn date(order: &mut Map<String, Value>, name: &str, instant: Option<Micros>) {
    match instant {
        Some(instant) => order.insert(name.to_owned(), json!(instant.to_rfc3339())),
        None => order.shift_remove(name),
    };
}

/// When the order ended: by its completion, of a part at least, or by its cancellation (TMF622). A date of
/// completion where nothing was delivered would count in reports of how long orders take.
fn end(order: &mut Map<String, Value>, view: &View, now: Micros) {
    let name = match view.state {
        Status::Completed | Status::Partial => "completionDate",
        Status::Cancelled => "cancellationDate",
        _ => return,
    };
    let at = view.ended.unwrap_or(now).to_rfc3339();
    order.entry(name).or_insert_with(|| json!(at));
}

fn item_ref(order_id: &str, item: &str) -> Value {
    json!({
        "@type": "ProductOrderItemRef",
        "productOrderId": order_id,
        "productOrderItemId": item,
        "@referredType": "ProductOrderItem",
    })
}

fn errors(order_id: &str, view: &View) -> Vec<Value> {
    let errors = view.errors.iter().map(|error| {
        json!({
            "@type": "ProductOrderErrorMessage",
            "code": error.code,
            "reason": error.message,
            "message": error.message,
            "timestamp": error.timestamp.to_rfc3339(),
            "productOrderItem": [item_ref(order_id, &error.item)],
        })
    });
    errors.collect()
}

fn jeopardies(order_id: &str, view: &View) -> Vec<Value> {
    let alerts = view.jeopardies.iter().map(|alert| {
        let mut shown = json!({
            "@type": "ProductOrderJeopardyAlert",
            "id": alert.id,
            "alertDate": alert.date.to_rfc3339(),
            "name": alert.name,
            "jeopardyType": alert.kind,
            "message": alert.message,
        });
        if let (Some(item), Some(shown)) = (&alert.item, shown.as_object_mut()) {
            shown.insert(ITEMS.to_owned(), json!([item_ref(order_id, item)]));
        }
        shown
    });
    alerts.collect()
}

fn milestones(order_id: &str, view: &View) -> Vec<Value> {
    let milestones = view.milestones.iter().map(|milestone| {
        let mut shown = json!({
            "@type": "ProductOrderMilestone",
            "id": milestone.id,
            "name": milestone.name,
            "status": milestone.status.as_str(),
            "productOrderItem": [item_ref(order_id, &milestone.item)],
        });
        if let Some(shown) = shown.as_object_mut() {
            if let Some(message) = &milestone.message {
                shown.insert("message".to_owned(), json!(message));
            }
            if let Some(date) = milestone.date {
                shown.insert("milestoneDate".to_owned(), json!(date.to_rfc3339()));
            }
        }
        shown
    });
    milestones.collect()
}
