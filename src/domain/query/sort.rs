//! `sort`: the order of a list (TMF630 part 1, 4.7).

use serde_json::Value;

use super::parameter::Parameter;
use super::path::{Path, index_values};
use super::scope::Scope;
use super::typed::index_key;
use crate::domain::descriptor::Scalar;
use crate::domain::problem::Outcome;

/// Keys of one request.
const MAX_KEYS: usize = 8;

/// One key of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    pub path: Path,
    pub descending: bool,
    /// How values compare; `None` when only the value itself can tell.
    pub scalar: Option<Scalar>,
}

impl SortKey {
    /// Text that sorts by bytes as the document does under this key, read as ascending: the
    /// smallest of several values; `None`, which sorts first, when there is none.
    pub fn key(&self, doc: &Value) -> Option<String> {
        let mut smallest: Option<String> = None;
        index_values(self.path.dotted(), doc, |value| {
            let key = match self.scalar {
                Some(scalar) => index_key(scalar, value),
                None => untyped_key(value),
            };
            if let Some(key) = key
                && smallest.as_ref().is_none_or(|known| key < *known)
            {
                smallest = Some(key);
            }
        });
        smallest
    }
}

/// Values of unlike types stand apart: booleans, numbers, strings.
fn untyped_key(value: &Value) -> Option<String> {
    let (rank, scalar) = match value {
        Value::Bool(_) => ('0', Scalar::Boolean),
        Value::Number(_) => ('1', Scalar::Number),
        Value::String(_) => ('2', Scalar::String),
        _ => return None,
    };
    index_key(scalar, value).map(|key| format!("{rank}{key}"))
}

/// Reads `-a,+b,c.d`. A literal `+` arrives as a blank.
pub(super) fn add_keys(
    keys: &mut Vec<SortKey>,
    parameter: &Parameter,
    scope: &Scope,
) -> Outcome<()> {
    for item in parameter.value.as_str().split(',') {
        if item.trim().is_empty() {
            continue;
        }
        let (descending, name) = match item.trim_start().strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, item.trim_start().trim_start_matches('+')),
        };
        let key = key(name.trim(), descending, scope).map_err(|m| parameter.refuse(m))?;
        if keys.iter().all(|known| known.path != key.path) {
            keys.push(key);
        }
        if keys.len() > MAX_KEYS {
            return Err(parameter.refuse(format!("more than {MAX_KEYS} keys")));
        }
    }
    Ok(())
}

fn key(name: &str, descending: bool, scope: &Scope) -> Result<SortKey, String> {
    let names: Vec<&str> = name.split('.').collect();
    let found = scope.resolve(&names)?;
    if found.object {
        return Err(format!(
            "'{name}' is an object; sort by one of its attributes"
        ));
    }
    Ok(SortKey {
        descending,
        scalar: found.path.scalar,
        path: found.path,
    })
}
