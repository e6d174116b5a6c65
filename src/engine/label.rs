//! What a resource is called: the text that a list of references shows, kept in a column so that
//! references are refreshed without reading documents.

use serde_json::Value;

/// Kinds that are not called by `name` alone. Each line is an alternative, the first that the
/// document has something of counts; its attributes are put together with blanks.
///
/// A person need not have a `name` (TMF632 requires given and family name only), and v4 requires
/// of an organization only the name it trades under.
const ALTERNATIVES: &[(&str, &[&[&str]])] = &[
    (
        "individual",
        &[
            &["name"],
            &["formattedName"],
            &["givenName", "familyNamePrefix", "familyName"],
        ],
    ),
    ("organization", &[&["name"], &["tradingName"]]),
];
const NAME: &[&[&str]] = &[&["name"]];

/// The label of a document of a kind, when it has one.
pub(super) fn of(kind: &str, doc: &Value) -> Option<String> {
    let own = ALTERNATIVES.iter().find(|(known, _)| *known == kind);
    let alternatives = own.map_or(NAME, |(_, alternatives)| alternatives);
    alternatives.iter().find_map(|names| joined(doc, names))
}

fn joined(doc: &Value, names: &[&str]) -> Option<String> {
    let mut label = String::new();
    for name in names {
        let Some(text) = doc.get(*name).and_then(Value::as_str) else {
            continue;
        };
        if !label.is_empty() && !text.is_empty() {
            label.push(' ');
        }
        label.push_str(text);
    }
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of;

    #[test]
    fn the_first_alternative_that_is_there_counts() {
        let mut doc = json!({ "givenName": "Ada", "familyName": "Byron" });
        assert_eq!(of("individual", &doc).as_deref(), Some("Ada Byron"));
        doc["familyNamePrefix"] = json!("von");
        assert_eq!(of("individual", &doc).as_deref(), Some("Ada von Byron"));
        doc["formattedName"] = json!("Countess Ada");
        assert_eq!(of("individual", &doc).as_deref(), Some("Countess Ada"));
        doc["name"] = json!("Ada Lovelace");
        assert_eq!(of("individual", &doc).as_deref(), Some("Ada Lovelace"));
        doc["name"] = json!("");
        assert_eq!(of("individual", &doc).as_deref(), Some("Countess Ada"));
        assert_eq!(of("individual", &json!({ "title": "Ms" })), None);
    }

    #[test]
    fn organizations_trade_and_others_have_names() {
        let doc = json!({ "tradingName": "Corner Shop" });
        assert_eq!(of("organization", &doc).as_deref(), Some("Corner Shop"));
        assert_eq!(of("customer", &doc), None);
        let doc = json!({ "name": "Shop Ltd", "tradingName": "Corner Shop" });
        assert_eq!(of("organization", &doc).as_deref(), Some("Shop Ltd"));
        assert_eq!(of("customer", &doc).as_deref(), Some("Shop Ltd"));
    }
}
