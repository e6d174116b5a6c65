//! What a patch answers for: only what it touched.
//!
//! A resource may lack what the version of the client that patches it requires: v5 lets contacts go
//! without the `validFor` that v4 wants, and v4 knows attachments without the type that v5 wants.
//! Such a client must be able to change the rest all the same.

use serde_json::Value;

use crate::domain::json::pointer;
use crate::domain::problem::Violation;

/// How a place of the new document relates to the old one.
enum Origin {
    /// It is in a part that is as it was.
    Untouched,
    /// Nothing is there and nothing was; the place in the old document.
    Lacking(String),
    Touched,
}

/// The violations that the patch is to be blamed for. `earlier` finds those of the old document.
pub(super) fn blamed<E>(
    before: &Value,
    after: &Value,
    violations: Vec<Violation>,
    earlier: impl FnOnce() -> Result<Vec<Violation>, E>,
) -> Result<Vec<Violation>, E> {
    let of = |violation: Violation| (origin(before, after, &violation.path), violation);
    let mut left: Vec<(Origin, Violation)> = violations
        .into_iter()
        .map(of)
        .filter(|(origin, _)| !matches!(origin, Origin::Untouched))
        .collect();
    let lacks = |(origin, _): &(Origin, Violation)| matches!(origin, Origin::Lacking(_));
    if left.iter().any(lacks) {
        let earlier = earlier()?;
        left.retain(|(origin, violation)| match origin {
            Origin::Lacking(place) => !earlier
                .iter()
                .any(|old| old.path == *place && old.message == violation.message),
            _ => true,
        });
    }
    Ok(left.into_iter().map(|(_, violation)| violation).collect())
}

/// Follows a pointer through both documents. An element of an array that was there before, at
/// whatever index, is the same element; another one takes the place of the one at its index.
fn origin(before: &Value, after: &Value, path: &str) -> Origin {
    let (mut old, mut new) = (Some(before), Some(after));
    let mut place = String::new();
    for (depth, name) in pointer::segments(path).enumerate() {
        let was = old;
        let is = new;
        match (was, is) {
            (Some(Value::Array(was)), Some(Value::Array(is))) => {
                let index = name.parse::<usize>().ok();
                new = index.and_then(|index| is.get(index));
                if new.is_some_and(|element| was.contains(element)) {
                    return Origin::Untouched;
                }
                old = index.and_then(|index| was.get(index));
            }
            _ => {
                old = was.and_then(|value| value.get(name.as_ref()));
                new = is.and_then(|value| value.get(name.as_ref()));
            }
        }
        let first = depth == 0;
        if old == new && (first || old.is_some()) {
            return Origin::Untouched;
        }
        pointer::push(&mut place, &name);
        // Below a part that is new, nothing can have been lacking before.
        if old.is_none() && new.is_some() {
            return Origin::Touched;
        }
    }
    match (old, new) {
        (None, None) => Origin::Lacking(place),
        _ => Origin::Touched,
    }
}
