//! Documents of stored rows.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::problem::{Outcome, Problem};
use crate::store::ResourceRow;

/// The document of a row.
///
/// # Errors
/// A fault of ours when it does not parse.
pub fn document(row: &ResourceRow) -> Outcome<Value> {
    serde_json::from_str(&row.doc).map_err(fault)
}

/// The document of a row with no more than these of its attributes; the others are passed over,
/// which takes a fraction of the time.
///
/// # Errors
/// As [`document`].
pub fn attributes(row: &ResourceRow, names: &[&str]) -> Outcome<Value> {
    let mut reader = serde_json::Deserializer::from_str(&row.doc);
    let found = reader.deserialize_map(Wanted(names)).map_err(fault)?;
    Ok(Value::Object(found))
}

fn fault(error: serde_json::Error) -> Problem {
    Problem::internal(format!("a stored document does not parse: {error}"))
}

/// Keeps the members with these names.
struct Wanted<'n>(&'n [&'n str]);

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = Map::new();
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            if self.0.contains(&name.as_ref()) {
                if found
                    .insert(name.into_owned(), members.next_value()?)
                    .is_some()
                {
                    return Err(A::Error::custom("an attribute stands there twice"));
                }
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{attributes, document};
    use crate::store::ResourceRow;

    fn row(doc: &str) -> ResourceRow {
        ResourceRow {
            seq: 1,
            tenant: 1,
            kind: "customer".to_owned(),
            id: "c".to_owned(),
            version: String::new(),
            revision: 1,
            current: true,
            label: None,
            state: None,
            created_at: 0,
            updated_at: 0,
            doc: doc.to_owned(),
        }
    }

    #[test]
    fn only_what_is_asked_for_is_kept() {
        let row = row(r#"{"a":{"b":[1]},"n\u0061me":"x","b":1.10,"c":[{"a":2}],"d":null}"#);
        let some = attributes(&row, &["name", "b", "d", "e"]).unwrap();
        let expected = r#"{"name":"x","b":1.10,"d":null}"#;
        assert_eq!(some.to_string(), expected);
        assert_eq!(document(&row).unwrap()["c"], json!([{"a": 2}]));
        assert_eq!(attributes(&row, &[]).unwrap(), json!({}));
    }

    #[test]
    fn what_is_no_object_is_a_fault() {
        for doc in ["", "[1]", "{\"a\":1", "{\"a\":1,\"a\":2}"] {
            assert!(attributes(&row(doc), &["a"]).is_err(), "{doc}");
        }
    }
}
