//! A category with another one above it is not the root of a tree.

use serde_json::Value;

use super::{Object, Report};
use crate::behaviour::trail::Trail;

/// `isRoot` and `parent` do not contradict each other. A category without parent need not be a
/// root: another one may list it as its `subCategory`.
pub fn check(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let parent = object
        .get("parent")
        .and_then(|parent| parent.get("id"))
        .and_then(Value::as_str);
    if object.get("isRoot") == Some(&Value::Bool(true)) && parent.is_some_and(|id| !id.is_empty()) {
        out.push(
            trail
                .member("isRoot")
                .violation("a category with a parent is not a root"),
        );
    }
}
