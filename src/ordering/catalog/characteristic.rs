//! Characteristics of a specification and the narrower choice that an offering or a price makes of
//! them, compiled: patterns, ranges and types are read once.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value;

use super::read::{count, owned, period};
use crate::domain::clock::Micros;
use crate::domain::value::range::OwnedRange;
use crate::domain::value::typed::{ValueType, number_of};
use crate::domain::value::{Object, Period, items, pattern, text};

/// A characteristic as its specification defines it (`CharacteristicSpecification`).
#[derive(Clone, Debug)]
pub struct Characteristic {
    pub name: String,
    pub value_type: ValueType,
    /// Whether the customer chooses; true unless stated.
    pub configurable: bool,
    /// Values that a product has at least; 0 unless stated.
    pub least: u32,
    /// Values that it has at most; 1 unless stated.
    pub most: u32,
    pub regex: Option<Regex>,
    /// Whether there can be values besides the listed ones.
    pub extensible: bool,
    pub values: Vec<Allowed>,
    pub valid: Period,
}

/// An allowed value, or a range of them.
#[derive(Clone, Debug)]
pub struct Allowed {
    pub value: Option<Value>,
    pub range: Option<OwnedRange>,
    pub regex: Option<Regex>,
    pub is_default: bool,
    pub unit: Option<String>,
    pub valid: Period,
}

/// The values of a characteristic that an offering sells or that a price is for
/// (`ProductSpecificationCharacteristicValueUse`).
#[derive(Clone, Debug)]
pub struct Use {
    pub name: String,
    /// The specification whose characteristic it is, where that is said.
    pub specification: Option<String>,
    pub least: Option<u32>,
    pub most: Option<u32>,
    pub values: Vec<Allowed>,
    pub valid: Period,
}

impl Characteristic {
    /// Reads one definition; `None` without a name.
    pub fn compile(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let least = count(object, "minCardinality").unwrap_or(0);
        // A maximum of 0 is how some clients write that they say nothing.
        let most = count(object, "maxCardinality").filter(|most| *most > 0);
        let value_type = text(object, "valueType").map_or(ValueType::Other, ValueType::parse);
        Some(Characteristic {
            name: owned(object, "name")?,
            value_type,
            configurable: object.get("configurable") != Some(&Value::Bool(false)),
            least,
            most: most.unwrap_or(1).max(least),
            regex: compiled(object),
            extensible: object.get("extensible") == Some(&Value::Bool(true)),
            values: allowed(object, "characteristicValueSpecification"),
            valid: period(object),
        })
    }

    /// All definitions in a list.
    pub fn compile_all(object: &Object, list: &str) -> Vec<Self> {
        let list = items(object, list).iter();
        list.filter_map(Characteristic::compile).collect()
    }
}

impl Use {
    /// All uses of an offering or a price.
    pub fn compile_all(object: &Object) -> Vec<Self> {
        let read = |value: &Value| {
            let object = value.as_object()?;
            let specification = object.get("productSpecification");
            Some(Use {
                name: owned(object, "name")?,
                specification: specification
                    .and_then(Value::as_object)
                    .and_then(|specification| owned(specification, "id")),
                least: count(object, "minCardinality"),
                most: count(object, "maxCardinality").filter(|most| *most > 0),
                values: allowed(object, "productSpecCharacteristicValue"),
                valid: period(object),
            })
        };
        let list = items(object, "prodSpecCharValueUse").iter();
        list.filter_map(read).collect()
    }

    /// True when the use speaks of the characteristics of a specification.
    pub fn is_of(&self, specification: Option<&str>) -> bool {
        self.specification.is_none() || self.specification.as_deref() == specification
    }
}

impl Allowed {
    /// True when a single value is this one, or lies in the range.
    pub fn admits(&self, value: &Value) -> bool {
        if let Some(regex) = &self.regex
            && value.as_str().is_some_and(|text| !regex.is_match(text))
        {
            return false;
        }
        match (&self.range, &self.value) {
            (Some(range), _) => number_of(value).is_some_and(|number| range.contains(&number)),
            (None, Some(own)) => is_same(own, value),
            // A pattern of its own is what the value is about.
            (None, None) => self.regex.is_some(),
        }
    }

    /// True for an entry that allows something: many clients write empty ones.
    fn says_something(&self) -> bool {
        self.range.is_some() || self.value.is_some() || self.regex.is_some()
    }
}

/// The default values of a list as of a date. A list of one value that is no range leaves no
/// choice, so that value counts as default where a value is needed.
pub fn defaults(values: &[Allowed], at: Micros, needed: bool) -> impl Iterator<Item = &Value> {
    let only = match values {
        [one] if needed && one.range.is_none() => one.value.as_ref().filter(|_| !one.is_default),
        _ => None,
    };
    let marked = values
        .iter()
        .filter(move |allowed| allowed.is_default && allowed.valid.contains(at))
        .filter_map(|allowed| allowed.value.as_ref());
    marked.chain(only)
}

/// Equal by what is meant: 20 is 20.0 and "20", true is "true".
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(_), _) | (_, Value::Number(_)) => match (number_of(one), number_of(other)) {
            (Some(one), Some(other)) => one.compare(&other) == Ordering::Equal,
            _ => false,
        },
        (Value::Bool(truth), Value::String(text)) | (Value::String(text), Value::Bool(truth)) => {
            text.eq_ignore_ascii_case(if *truth { "true" } else { "false" })
        }
        (Value::Array(ones), Value::Array(others)) => {
            ones.len() == others.len() && ones.iter().zip(others).all(|(a, b)| is_same(a, b))
        }
        _ => one == other,
    }
}

fn allowed(object: &Object, list: &str) -> Vec<Allowed> {
    let read = |value: &Value| {
        let object = value.as_object()?;
        Some(Allowed {
            value: object
                .get("value")
                .filter(|value| !value.is_null())
                .cloned(),
            range: OwnedRange::of(object),
            regex: compiled(object),
            is_default: object.get("isDefault") == Some(&Value::Bool(true)),
            unit: owned(object, "unitOfMeasure"),
            valid: period(object),
        })
    };
    let list = items(object, list).iter().filter_map(read);
    list.filter(Allowed::says_something).collect()
}

/// The pattern beside a value. The catalog refuses patterns that cannot be compiled, so that one
/// that still comes along binds nobody.
fn compiled(object: &Object) -> Option<Regex> {
    pattern::compile(text(object, "regex")?).ok()
}
