//! Names of the characteristics of usage: conditions of prices on these are about the usage, all
//! others about the product.

use serde_json::Value;

/// The kind of usage specifications in the store.
pub const SPECIFICATION: &str = "usageSpecification";

/// The names that a usage specification declares.
pub fn declared(specification: &Value) -> impl Iterator<Item = &str> {
    named(specification, "specCharacteristic")
}

/// The names of what a usage has.
pub fn of_usage(usage: &Value) -> impl Iterator<Item = &str> {
    named(usage, "usageCharacteristic")
}

fn named<'d>(document: &'d Value, list: &str) -> impl Iterator<Item = &'d str> {
    let list = document.get(list).and_then(Value::as_array);
    let list = list.into_iter().flatten();
    list.filter_map(|one| one.get("name")?.as_str())
}
