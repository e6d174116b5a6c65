//! What a product cost before: its prices and its status up to each change, so that the bill of a period
//! charges each part by what held then (design 4, changes cut the period).
//!
//! It is kept in the product, as `priceHistory`, and written by the server alone.

use serde_json::{Map, Value, json};

use crate::domain::clock::Micros;

/// The attribute, one of ours.
pub const HISTORY: &str = "priceHistory";
/// Until when an entry held.
pub const UNTIL: &str = "endDateTime";
/// What changes of a product change what it costs.
const MATTERS: [&str; 4] = ["status", "productPrice", "quantity", "productOffering"];
/// Entries that are kept; a bill looks back for some months.
const KEPT: usize = 100;

/// Writes into a document that is about to be stored what held until now, where that changes.
pub fn note(old: Option<&Value>, doc: &mut Value, now: Micros) {
    let Some(members) = doc.as_object_mut() else {
        return;
    };
    members.shift_remove(HISTORY);
    let Some(old) = old else {
        return;
    };
    let mut entries = match old.get(HISTORY) {
        Some(Value::Array(entries)) => entries.clone(),
        _ => Vec::new(),
    };
    if MATTERS.iter().any(|name| differs(old, members, name)) {
        entries.push(entry(old, now));
        let extra = entries.len().saturating_sub(KEPT);
        entries.drain(..extra);
    }
    if !entries.is_empty() {
        members.insert(HISTORY.to_owned(), Value::Array(entries));
    }
}

fn differs(old: &Value, new: &Map<String, Value>, name: &str) -> bool {
    let (old, new) = (old.get(name), new.get(name));
    match name {
        // A new name of the same offering costs the same.
        "productOffering" => {
            let id = |own: Option<&Value>| own?.get("id").cloned();
            id(old) != id(new)
        }
        _ => old != new,
    }
}

fn entry(old: &Value, now: Micros) -> Value {
    let mut entry = Map::new();
    entry.insert(UNTIL.to_owned(), json!(now.to_rfc3339()));
    for name in MATTERS {
        if let Some(value) = old.get(name) {
            entry.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(entry)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{HISTORY, note};
    use crate::domain::clock::Micros;

    #[test]
    fn what_held_before_a_change_is_kept() {
        let now = Micros::parse("2026-02-10T00:00:00Z").unwrap();
        let old = json!({"status": "active", "productPrice": [{"name": "M"}],
            "productOffering": {"id": "m", "name": "M"}});
        let mut same = json!({"status": "active", "productPrice": [{"name": "M"}], "name": "x",
            "productOffering": {"id": "m", "name": "Medium"}, "priceHistory": "forged"});
        note(Some(&old), &mut same, now);
        assert_eq!(same.get(HISTORY), None);
        let mut suspended = json!({"status": "suspended", "productPrice": [{"name": "M"}]});
        note(Some(&old), &mut suspended, now);
        let first = json!([{"endDateTime": now.to_rfc3339(), "status": "active",
            "productPrice": [{"name": "M"}], "productOffering": {"id": "m", "name": "M"}}]);
        assert_eq!(suspended[HISTORY], first);
        let mut ended = json!({"status": "terminated"});
        note(Some(&suspended), &mut ended, now);
        assert_eq!(ended[HISTORY].as_array().unwrap().len(), 2);
        let mut new = json!({"priceHistory": [1]});
        note(None, &mut new, now);
        assert_eq!(new, json!({}));
    }
}
