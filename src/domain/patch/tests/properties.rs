//! Laws that hold for any patch.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::patched;
use crate::domain::patch::PatchKind;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c/~]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner),
        ]
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::vec(("[a-d/~]{1,2}", inner), 0..4)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// The merge patch that turns one document into another, when `null` values do not stand in the way.
fn difference(old: &Value, new: &Value) -> Value {
    let (Value::Object(a), Value::Object(b)) = (old, new) else {
        return new.clone();
    };
    let gone = a
        .keys()
        .filter(|k| !b.contains_key(*k))
        .map(|k| (k.clone(), Value::Null));
    let there = b.iter().map(|(k, v)| {
        (
            k.clone(),
            a.get(k)
                .map_or_else(|| v.clone(), |before| difference(before, v)),
        )
    });
    Value::Object(gone.chain(there).collect())
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k, without_nulls(v)))
                .collect(),
        ),
        other => other,
    }
}

proptest! {
    #[test]
    fn a_merge_patch_made_from_a_difference_leads_there(
        old in object(value()), new in object(value()),
    ) {
        let (old, new) = (without_nulls(old), without_nulls(new));
        let result = patched(PatchKind::Merge, &old, &difference(&old, &new)).expect("accepted");
        prop_assert_eq!(result, new);
    }

    #[test]
    fn any_patch_is_applied_or_refused_without_a_trace(
        document in object(value()), patch in value(), query in any::<bool>(),
    ) {
        let kind = if query { PatchKind::JsonQuery } else { PatchKind::Json };
        let _ = patched(kind, &document, &patch);
    }

    #[test]
    fn any_path_is_resolved_or_refused(
        document in object(value()), path in "[a-d/~$.\\[\\]?()@='&*0-2-]{0,14}",
    ) {
        let patch = json!([{"op":"replace","path":path,"value":1}]);
        let _ = patched(PatchKind::JsonQuery, &document, &patch);
    }

    #[test]
    fn adding_and_removing_cancel(document in object(value()), added in value()) {
        let patch = json!([
            {"op":"add","path":"/zz","value":added},
            {"op":"move","from":"/zz","path":"/yy"},
            {"op":"remove","path":"/yy"},
        ]);
        let result = patched(PatchKind::Json, &document, &patch).expect("accepted");
        prop_assert_eq!(result.to_string(), document.to_string());
    }
}
