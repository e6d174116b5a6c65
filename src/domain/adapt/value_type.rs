//! The v5 subclass of a characteristic value: `IntegerArrayCharacteristicValueSpecification` for
//! `[1, 2]`. The JSON type of the value decides, `valueType` helps where JSON leaves it open.

use serde_json::Value;

use super::Object;

const KINDS: [&str; 7] = [
    "String", "Integer", "Number", "Float", "Boolean", "Object", "Map",
];

/// True when the name is that of a subclass for one type of value.
pub(super) fn is_typed_form(name: &str, base: &str) -> bool {
    name.strip_suffix(base).is_some_and(|kind| {
        let kind = kind.strip_suffix("Array").unwrap_or(kind);
        KINDS.contains(&kind)
    })
}

/// The subclass for the object's `value`, of those that the edition has; the base class when nothing
/// tells the type.
pub(super) fn typed_name(base: &str, object: &Object, has: impl Fn(&str) -> bool) -> String {
    let declared = object
        .get("valueType")
        .and_then(Value::as_str)
        .and_then(declared_kind);
    let (kind, array) = match object.get("value") {
        None | Some(Value::Null) => (declared, false),
        Some(Value::Array(items)) => (common_kind(items, declared), true),
        Some(value) => (kind_of(value, declared), false),
    };
    let Some(kind) = kind else {
        return base.to_owned();
    };
    let array = if array { "Array" } else { "" };
    let mut names = [Some(kind), wider(kind)]
        .into_iter()
        .flatten()
        .map(|kind| format!("{kind}{array}{base}"));
    names
        .find(|name| has(name))
        .unwrap_or_else(|| base.to_owned())
}

/// The kind that holds the same values, for editions that lack one.
fn wider(kind: &str) -> Option<&'static str> {
    match kind {
        "Map" => Some("Object"),
        "Float" => Some("Number"),
        _ => None,
    }
}

/// What the text in `valueType` means. It is free text in the standard; these spellings are common.
fn declared_kind(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "string" | "text" | "date" | "datetime" | "date-time" | "time" | "uri" => Some("String"),
        "integer" | "int" | "long" => Some("Integer"),
        "number" | "decimal" | "numeric" => Some("Number"),
        "float" | "double" => Some("Float"),
        "boolean" | "bool" => Some("Boolean"),
        "object" => Some("Object"),
        "map" => Some("Map"),
        _ => None,
    }
}

fn kind_of(value: &Value, declared: Option<&'static str>) -> Option<&'static str> {
    match value {
        Value::String(_) => Some("String"),
        Value::Bool(_) => Some("Boolean"),
        Value::Number(number) => {
            let whole = !number.as_str().contains(['.', 'e', 'E']);
            Some(match declared {
                Some(decimal @ ("Number" | "Float")) => decimal,
                _ if whole => "Integer",
                _ => "Number",
            })
        }
        Value::Object(_) => Some(match declared {
            Some("Map") => "Map",
            _ => "Object",
        }),
        Value::Null | Value::Array(_) => declared,
    }
}

/// The one kind of all elements; integers among decimals are decimals.
fn common_kind(items: &[Value], declared: Option<&'static str>) -> Option<&'static str> {
    let mut common = None;
    for item in items {
        let kind = kind_of(item, declared)?;
        common = match common {
            None => Some(kind),
            Some(before) if before == kind => Some(kind),
            Some("Integer" | "Number") if matches!(kind, "Integer" | "Number") => Some("Number"),
            Some(_) => return None,
        };
    }
    common.or(declared)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    const BASE: &str = "CharacteristicValueSpecification";

    #[test]
    fn the_value_decides_and_the_declared_type_helps() {
        for (object, expected) in [
            (json!({"value": "red"}), "String"),
            (json!({"value": "red", "valueType": "number"}), "String"),
            (json!({"value": 5}), "Integer"),
            (json!({"value": 5, "valueType": "number"}), "Number"),
            (json!({"value": 5, "valueType": "Float"}), "Float"),
            (json!({"value": 5.0}), "Number"),
            (json!({"value": true}), "Boolean"),
            (json!({"value": {"a": 1}}), "Object"),
            (json!({"value": {"a": 1}, "valueType": "map"}), "Map"),
            (json!({"value": ["a", "b"]}), "StringArray"),
            (json!({"value": [1, 2]}), "IntegerArray"),
            (json!({"value": [1, 2.5]}), "NumberArray"),
            (json!({"value": [{"a": 1}]}), "ObjectArray"),
            (json!({"value": [], "valueType": "string"}), "StringArray"),
            (json!({"value": [1, "a"]}), ""),
            (json!({"value": []}), ""),
            (json!({"valueType": "integer", "valueFrom": 1}), "Integer"),
            (json!({"value": null, "valueType": "boolean"}), "Boolean"),
            (json!({"valueType": "colour"}), ""),
            (json!({}), ""),
        ] {
            let map = object.as_object().expect("an object");
            assert_eq!(
                super::typed_name(BASE, map, |_| true),
                format!("{expected}{BASE}"),
                "{object}"
            );
        }
    }

    #[test]
    fn an_edition_may_lack_classes() {
        let name = |value: serde_json::Value, lacking: &str| {
            let map = value.as_object().expect("an object").clone();
            super::typed_name("Characteristic", &map, |name| !name.starts_with(lacking))
        };
        let map = json!({"value": {"a": 1}, "valueType": "map"});
        assert_eq!(name(map.clone(), "Map"), "ObjectCharacteristic");
        assert_eq!(name(map, "Float"), "MapCharacteristic");
        let floats = json!({"value": [1.5], "valueType": "float"});
        assert_eq!(name(floats, "FloatArray"), "NumberArrayCharacteristic");
        assert_eq!(name(json!({"value": true}), "Boolean"), "Characteristic");
    }

    #[test]
    fn typed_forms() {
        assert!(super::is_typed_form(
            "StringCharacteristic",
            "Characteristic"
        ));
        assert!(super::is_typed_form(
            "MapArrayCharacteristic",
            "Characteristic"
        ));
        assert!(!super::is_typed_form("Characteristic", "Characteristic"));
        assert!(!super::is_typed_form("MyCharacteristic", "Characteristic"));
    }
}
