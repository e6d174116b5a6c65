//! What a patch changed, and whether it was allowed to.

use serde_json::Value;

use crate::domain::descriptor::Resource;
use crate::domain::json::pointer;
use crate::domain::problem::{Code, Outcome, Problem, Violation};

/// Attributes that identify a resource; no patch changes them whatever the model says
/// (TMF630 part 1, section 5).
const IDENTITY: [&str; 3] = ["id", "href", "@type"];

/// First-level attributes that differ, in the order of the new document, removed ones last.
///
/// Numbers are compared as they are written: 2.50 against 2.5 is a change, because the client's
/// form is what is stored and given back.
pub fn changed(old: &Value, new: &Value) -> Vec<String> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return Vec::new();
    };
    let written = new
        .iter()
        .filter(|(name, value)| old.get(*name) != Some(value))
        .map(|(name, _)| name);
    let removed = old.keys().filter(|name| !new.contains_key(*name));
    written.chain(removed).cloned().collect()
}

/// A merge patch without what the server alone decides: a client that sends back what it read must
/// not fail because a balance has moved since, just as on create. `None` when there is nothing to
/// leave out. An operation of a JSON Patch names its attribute on purpose; that is refused.
pub fn without_owned(resource: &Resource, patch: &Value) -> Option<Value> {
    let owned = |name: &str| {
        let attribute = resource.entity.attribute(name);
        attribute.is_some_and(|attribute| attribute.server_owned)
    };
    let sent = patch.as_object()?;
    if !sent.keys().any(|name| owned(name)) {
        return None;
    }
    let rest = sent.iter().filter(|(name, _)| !owned(name));
    let pairs = rest.map(|(name, value)| (name.clone(), value.clone()));
    Some(Value::Object(pairs.collect()))
}

/// Refuses a change of what clients may not change: attributes that the descriptor does not call
/// patchable or that the server owns, and `id`, `href`, `@type`. Sending such an attribute with its present value is fine.
///
/// Both documents must be in the form of the resource's version. Fails with [`Code::ReadOnly`] and
/// one pointer for each offending attribute.
pub fn check_read_only(resource: &Resource, old: &Value, new: &Value) -> Outcome<()> {
    let locked = |name: &str| {
        IDENTITY.contains(&name)
            || resource
                .entity
                .attribute(name)
                .is_some_and(|attribute| !attribute.patchable || attribute.server_owned)
    };
    let violations: Vec<Violation> = changed(old, new)
        .into_iter()
        .filter(|name| locked(name))
        .map(|name| Violation {
            path: pointer::child("", &name),
            message: "cannot be changed by a patch".to_owned(),
        })
        .collect();
    if violations.is_empty() {
        return Ok(());
    }
    Err(Problem::many(Code::ReadOnly, violations))
}
