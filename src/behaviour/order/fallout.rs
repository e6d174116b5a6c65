//! Fallout as a resource: work that needs a person's decision, at `/tollgate/v1/fallout`.

use serde_json::{Value, json};

use super::books::Books;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::ordering::run::{By, Cause, Fallout};
use crate::store::Tx;

/// Kind of fallouts in the store.
pub const KIND: &str = "fallout";
/// Cause of the fallout of an order that a step of ours failed for.
pub const INTERNAL: Cause = Cause::Internal;

/// A fallout that was opened.
pub fn opened(order_id: &str, fallout: &Fallout) -> Value {
    json!({
        "@type": "Fallout",
        "productOrder": order_ref(order_id),
        "productOrderItem": fallout.item,
        "node": fallout.node,
        "cause": fallout.cause.as_str(),
        "message": fallout.message,
        "attempts": fallout.attempts,
        "state": "open",
        "openedAt": Micros(fallout.opened_at).to_rfc3339(),
    })
}

/// The fallout of an order that cannot be moved. It has no node: the step as a whole failed.
pub fn stuck(
    before: Option<&Value>,
    order_id: &str,
    message: &str,
    attempts: u32,
    now: Micros,
) -> Value {
    let mut doc = before.cloned().unwrap_or_else(|| {
        json!({
            "@type": "Fallout",
            "productOrder": order_ref(order_id),
            "cause": INTERNAL.as_str(),
            "state": "open",
            "openedAt": now.to_rfc3339(),
        })
    });
    if let Some(doc) = doc.as_object_mut() {
        doc.insert("message".to_owned(), json!(message));
        doc.insert("attempts".to_owned(), json!(attempts));
    }
    doc
}

/// A reference to an order.
pub fn order_ref(order_id: &str) -> Value {
    json!({ "@type": "ProductOrderRef", "id": order_id, "@referredType": "ProductOrder" })
}

/// The step that failed was taken: by itself, or because somebody wanted it.
///
/// # Errors
/// A fault of the store.
pub fn passed(
    books: &mut Books<'_>,
    tx: &mut Tx<'_>,
    id: &str,
    by: Option<&By>,
    now: Micros,
) -> Outcome<()> {
    let who = by.map(|by| by.who.as_str());
    let note = by.and_then(|by| by.note.as_deref());
    resolve(books, tx, id, ("retry", who, note), now)
}

/// Writes what was decided on a fallout: what, who, why.
///
/// # Errors
/// A fault of the store.
pub fn resolve(
    books: &mut Books<'_>,
    tx: &mut Tx<'_>,
    id: &str,
    (how, by, note): (&str, Option<&str>, Option<&str>),
    now: Micros,
) -> Outcome<()> {
    let Some(before) = books.read(tx, KIND, id)?.cloned() else {
        return Ok(());
    };
    books.write(tx, KIND, id, resolved(&before, how, by, note, now))
}

/// A fallout that was decided on.
fn resolved(before: &Value, how: &str, by: Option<&str>, note: Option<&str>, now: Micros) -> Value {
    let mut doc = before.clone();
    if let Some(doc) = doc.as_object_mut() {
        let at = now.to_rfc3339();
        let mut resolution = json!({ "@type": "FalloutResolution", "action": how, "at": at });
        if let Some(resolution) = resolution.as_object_mut() {
            for (name, value) in [("by", by), ("note", note)] {
                if let Some(value) = value {
                    resolution.insert(name.to_owned(), json!(value));
                }
            }
        }
        doc.insert("state".to_owned(), json!("resolved"));
        doc.insert("resolvedAt".to_owned(), json!(at));
        doc.insert("resolution".to_owned(), resolution);
    }
    doc
}
