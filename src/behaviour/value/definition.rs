//! Definitions of characteristics: how many values, of what type, and under which name.
//!
//! The same rules hold where an offering or a price narrows a characteristic to some of its values.

use std::collections::HashSet;

use super::typed::ValueType;
use super::{Object, Report, allowed, items, number, text};
use crate::behaviour::trail::Trail;

/// A characteristic of a specification.
pub fn check(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    check_definition(object, "characteristicValueSpecification", trail, out);
}

/// A characteristic as an offering or a price uses it.
pub fn check_use(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    check_definition(object, "productSpecCharacteristicValue", trail, out);
}

/// Names of the characteristics of a relationship.
pub fn check_relationship(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    unique_names(object, "characteristic", trail, out);
}

/// No two elements of a list have the same name.
pub fn unique_names(object: &Object, list: &str, trail: &Trail<'_>, out: &mut Report) {
    let elements = items(object, list);
    if elements.len() < 2 {
        return;
    }
    let at = trail.member(list);
    let mut names = HashSet::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        if let Some(name) = element
            .as_object()
            .and_then(|element| text(element, "name"))
            && !names.insert(name)
        {
            let message = format!("there is a '{name}' before it");
            out.push(at.item(index).member("name").violation(message));
        }
    }
}

fn check_definition(object: &Object, list: &str, trail: &Trail<'_>, out: &mut Report) {
    check_cardinality(object, trail, out);
    let regex = text(object, "regex")
        .map(|expression| out.compile(expression))
        .transpose();
    let regex = regex.unwrap_or_else(|message| {
        out.push(trail.member("regex").violation(message));
        None
    });
    let values = items(object, list);
    if values.is_empty() {
        return;
    }
    let definition = allowed::Definition {
        value_type: text(object, "valueType").map_or(ValueType::Other, ValueType::parse),
        regex,
        most: number::count(object, "maxCardinality").unwrap_or(1).max(1),
        extensible: object
            .get("extensible")
            .and_then(|v| v.as_bool())
            .unwrap_or(false),
    };
    allowed::check(&definition, values, &trail.member(list), out);
}

/// 0 <= min <= max.
fn check_cardinality(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let (min, max) = (
        number::of(object, "minCardinality"),
        number::of(object, "maxCardinality"),
    );
    for (name, value) in [("minCardinality", min), ("maxCardinality", max)] {
        if value.is_some_and(|value| number::below(&value, 0)) {
            out.push(trail.member(name).violation("must not be negative"));
        }
    }
    if let (Some(min), Some(max)) = (min, max)
        && number::less(&max, &min)
    {
        let message = "must not be less than minCardinality";
        out.push(trail.member("maxCardinality").violation(message));
    }
}
