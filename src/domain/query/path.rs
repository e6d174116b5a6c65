//! Paths to attributes, and walking a document along them.

use serde_json::{Map, Value};

use crate::domain::descriptor::Scalar;

/// Members of an object up to which a name is looked for by comparing.
const FEW_MEMBERS: usize = 16;

/// The way to an attribute in the stored form (or, for events, in the document itself). Arrays on
/// the way are passed through.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Path {
    names: Vec<String>,
    dotted: String,
    /// How its values compare; `None` when only the value itself can tell.
    pub scalar: Option<Scalar>,
}

impl Path {
    /// A path of those names.
    pub fn new(names: Vec<String>, scalar: Option<Scalar>) -> Self {
        Path {
            dotted: names.join("."),
            names,
            scalar,
        }
    }

    /// `category.id`.
    pub fn dotted(&self) -> &str {
        &self.dotted
    }

    /// The names on the way.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// True when some value at the path passes; elements of an array at its end count singly.
    pub(super) fn any(&self, doc: &Value, test: &mut dyn FnMut(&Value) -> bool) -> bool {
        any(doc, &self.names, test)
    }

    /// Like [`Path::any`], but an array at the end of the path is one value.
    pub(super) fn any_whole(&self, doc: &Value, test: &mut dyn FnMut(&Value) -> bool) -> bool {
        any_whole(doc, &self.names, test)
    }
}

fn any(value: &Value, names: &[String], test: &mut dyn FnMut(&Value) -> bool) -> bool {
    if let Value::Array(items) = value {
        return items.iter().any(|item| any(item, names, test));
    }
    match names.split_first() {
        None => test(value),
        Some((name, rest)) => value.get(name).is_some_and(|v| any(v, rest, test)),
    }
}

fn any_whole(value: &Value, names: &[String], test: &mut dyn FnMut(&Value) -> bool) -> bool {
    let Some((name, rest)) = names.split_first() else {
        return test(value);
    };
    match value {
        Value::Array(items) => items.iter().any(|item| any_whole(item, names, test)),
        _ => value.get(name).is_some_and(|v| any_whole(v, rest, test)),
    }
}

/// Calls `out` with every value at a dotted stored-form path, arrays passed through, nulls left
/// out. Allocates nothing: it runs for every indexed attribute on every write.
pub fn index_values<'v>(path: &str, doc: &'v Value, mut out: impl FnMut(&'v Value)) {
    walk(doc, Some(path), &mut out);
}

fn walk<'v>(value: &'v Value, path: Option<&str>, out: &mut impl FnMut(&'v Value)) {
    match (value, path) {
        (Value::Array(items), _) => {
            for item in items {
                walk(item, path, out);
            }
        }
        (Value::Null, _) => {}
        (_, None) => out(value),
        (Value::Object(members), Some(path)) => {
            let (name, rest) = match path.split_once('.') {
                Some((name, rest)) => (name, Some(rest)),
                None => (path, None),
            };
            if let Some(inner) = member(members, name) {
                walk(inner, rest, out);
            }
        }
        _ => {}
    }
}

/// To hash a name takes longer than to compare it with a few.
fn member<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    if members.len() > FEW_MEMBERS {
        return members.get(name);
    }
    let found = members.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value)
}
