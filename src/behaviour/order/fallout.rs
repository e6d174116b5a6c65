//! Fallout as a resource: work that needs a person's decision, at `/tollgate/v1/fallout`.

use serde_json::{Value, json};

use crate::domain::clock::Micros;
use crate::ordering::run::Fallout;

/// Kind of fallouts in the store.
pub const KIND: &str = "fallout";

/// A fallout that was opened.
pub fn opened(order_id: &str, fallout: &Fallout) -> Value {
    json!({
        "@type": "Fallout",
        "productOrder": {
            "@type": "ProductOrderRef",
            "id": order_id,
            "@referredType": "ProductOrder",
        },
        "productOrderItem": fallout.item,
        "node": fallout.node,
        "cause": fallout.cause.as_str(),
        "message": fallout.message,
        "attempts": fallout.attempts,
        "state": "open",
        "openedAt": Micros(fallout.opened_at).to_rfc3339(),
    })
}

/// A fallout that was decided on.
pub fn resolved(
    before: &Value,
    how: &str,
    by: Option<&str>,
    note: Option<&str>,
    now: Micros,
) -> Value {
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
